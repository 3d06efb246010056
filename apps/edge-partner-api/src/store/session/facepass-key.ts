import { importPeerKey, type PeerKey } from '@facepass-kit/crypto';

/** FacePass's public key, under which answers to B1 are sealed. */
export interface FacePassKey {
  /**
   * The last key at once; one older than an hour is fetched anew behind the answer.
   *
   * @param keepAlive keeps the Worker alive for that
   * @throws whatever fetching throws, when there is no key young enough to go on with
   */
  current(keepAlive: (work: Promise<unknown>) => void): Promise<PeerKey>;
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
/** While FacePass cannot be asked, one isolate asks this often. */
const RETRY_MS = 60_000;

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

  const refresh = async (): Promise<PeerKey> => {
    const common = await shared.read().catch(() => null);
    if (common !== null && isYounger(common, FRESH_MS)) return await hold(common);
    try {
      const fetched = { spki: await fetchKey(), fetchedAt: now() };
      const key = await hold(fetched);
      await shared.write(fetched).catch(() => undefined);
      return key;
    } catch (error) {
      if (common !== null && isYounger(common, STALE_MS)) return await hold(common);
      throw error;
    }
  };
  let triedAt = Number.NEGATIVE_INFINITY;

  return {
    async current(keepAlive) {
      if (held === undefined || !isYounger(held, STALE_MS)) return await refresh();
      if (!isYounger(held, FRESH_MS) && now() - triedAt >= RETRY_MS) {
        triedAt = now();
        keepAlive(refresh().catch(() => undefined));
      }
      return held.key;
    },
  };
}
