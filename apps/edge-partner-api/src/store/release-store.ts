import type { DataCipher } from '@facepass-kit/protocol';

/**
 * Every published release by its hash, which never changes its content. Sealed at rest: rules may name
 * single members.
 */
export interface ReleaseStore {
  put(hash: string, body: string): Promise<void>;
  /** The release as canonical JSON, or null. */
  get(hash: string): Promise<string | null>;
  /** Seals some of those under an earlier data key anew; `next` leads on, and is null at the end. */
  renew(cursor: string | null): Promise<{ readonly renewed: number; readonly next: string | null }>;
}

/** Releases looked at in one step: each may have a megabyte. */
const RENEWED_AT_ONCE = 20;

export function createKvReleaseStore(kv: KVNamespace, cipher: DataCipher): ReleaseStore {
  return {
    async put(hash, body) {
      await kv.put(releaseKey(hash), await cipher.seal(body, releasePlace(hash)));
    },
    async get(hash) {
      const sealed = await kv.get(releaseKey(hash));
      return sealed === null ? null : await cipher.open(sealed, releasePlace(hash));
    },
    async renew(cursor) {
      const page = await kv.list({ prefix: PREFIX, limit: RENEWED_AT_ONCE, cursor });
      let renewed = 0;
      for (const { name } of page.keys) {
        const sealed = await kv.get(name);
        if (sealed === null || !cipher.isStale(sealed)) continue;
        const place = releasePlace(name.slice(PREFIX.length));
        await kv.put(name, await cipher.seal(await cipher.open(sealed, place), place));
        renewed += 1;
      }
      return { renewed, next: page.list_complete ? null : page.cursor };
    },
  };
}

const PREFIX = 'release:';

function releaseKey(hash: string): string {
  return `${PREFIX}${hash}`;
}

/** Binds a sealed release to its hash. */
export function releasePlace(hash: string): string {
  return `release:${hash}`;
}
