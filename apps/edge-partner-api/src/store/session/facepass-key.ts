import { importPeerKey, type PeerKey } from '@facepass-kit/crypto';

/** FacePass's public key, under which answers to B1 are sealed. */
export interface FacePassKey {
  /** @throws whatever fetching throws, when there is no key young enough to go on with */
  current(): Promise<PeerKey>;
}

/** A key as FacePass gave it, and when. */
export interface FetchedKey {
  readonly spki: string;
  readonly fetchedAt: number;
}

/** The vendor names no lifetime; an hour keeps a rotation on their side short and asks next to nothing. */
const FRESH_MS = 60 * 60_000;
/** How long the last key goes on serving while FacePass cannot be asked. */
const STALE_MS = 24 * 60 * 60_000;

export interface FacePassKeyOptions {
  /** Asks FacePass for its key, Base64 of an SPKI. */
  readonly fetchKey: () => Promise<string>;
  /** What other isolates fetched. */
  readonly shared: {
    read(): Promise<FetchedKey | null>;
    write(key: FetchedKey): Promise<void>;
  };
  readonly now?: () => number;
}

/** Keeps the key in this isolate's memory, before that in the session all isolates share. */
export function createFacePassKey({
  fetchKey,
  shared,
  now = () => Date.now(),
}: FacePassKeyOptions): FacePassKey {
  let held: (FetchedKey & { readonly key: PeerKey }) | undefined;

  const hold = async (fetched: FetchedKey): Promise<PeerKey> => {
    const key = held?.spki === fetched.spki ? held.key : await importPeerKey(fetched.spki);
    held = { ...fetched, key };
    return key;
  };
  const isYounger = ({ fetchedAt }: FetchedKey, ageMs: number): boolean => now() - fetchedAt < ageMs;

  return {
    async current() {
      const before = held;
      if (before !== undefined && isYounger(before, FRESH_MS)) return before.key;
      const common = await shared.read().catch(() => null);
      if (common !== null && isYounger(common, FRESH_MS)) return await hold(common);
      try {
        const fetched = { spki: await fetchKey(), fetchedAt: now() };
        const key = await hold(fetched);
        await shared.write(fetched).catch(() => undefined);
        return key;
      } catch (error) {
        if (common !== null && isYounger(common, STALE_MS)) return await hold(common);
        if (before !== undefined && isYounger(before, STALE_MS)) return before.key;
        throw error;
      }
    },
  };
}
