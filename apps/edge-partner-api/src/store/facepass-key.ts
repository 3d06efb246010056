import { importPeerKey, type PeerKey } from '@facepass-kit/crypto';

/** FacePass's public key, under which answers to B1 are sealed. */
export interface FacePassKey {
  /** @throws whatever fetching throws, when there is no key young enough to go on with */
  current(): Promise<PeerKey>;
}

/** The vendor names no lifetime; an hour keeps a rotation on their side short and asks next to nothing. */
const FRESH_MS = 60 * 60_000;
/** How long the last key goes on serving while FacePass cannot be asked. */
const STALE_MS = 24 * 60 * 60_000;

export interface FacePassKeyOptions {
  /** Asks FacePass for its key, Base64 of an SPKI. */
  readonly fetchKey: () => Promise<string>;
  readonly now?: () => number;
}

/** Keeps the key in this isolate's memory. */
export function createFacePassKey({ fetchKey, now = Date.now }: FacePassKeyOptions): FacePassKey {
  let held: { readonly key: PeerKey; readonly at: number } | undefined;
  return {
    async current() {
      const before = held;
      if (before !== undefined && now() - before.at < FRESH_MS) return before.key;
      try {
        const key = await importPeerKey(await fetchKey());
        held = { key, at: now() };
        return key;
      } catch (error) {
        if (before !== undefined && now() - before.at < STALE_MS) return before.key;
        throw error;
      }
    },
  };
}
