import type { DataCipher } from '@facepass-kit/protocol';

/**
 * Every published release by its hash, which never changes its content. Sealed at rest: rules may name
 * single members.
 */
export interface ReleaseStore {
  put(hash: string, body: string): Promise<void>;
  /** The release as canonical JSON, or null. */
  get(hash: string): Promise<string | null>;
}

export function createKvReleaseStore(kv: KVNamespace, cipher: DataCipher): ReleaseStore {
  return {
    async put(hash, body) {
      await kv.put(releaseKey(hash), await cipher.seal(body, releasePlace(hash)));
    },
    async get(hash) {
      const sealed = await kv.get(releaseKey(hash));
      return sealed === null ? null : await cipher.open(sealed, releasePlace(hash));
    },
  };
}

function releaseKey(hash: string): string {
  return `release:${hash}`;
}

/** Binds a sealed release to its hash. */
export function releasePlace(hash: string): string {
  return `release:${hash}`;
}
