import { hex, sha256 } from '../sha256.ts';

/** Where archived files lie. */
export interface ArchiveBucket {
  /** Puts a file; the store refuses bytes that are not the ones the hash was made of. */
  put(key: string, file: ArrayBuffer, sha256Hex: string): Promise<void>;
  /** A file as it lies there now; null where there is none. */
  get(key: string): Promise<ArrayBuffer | null>;
  /** Whether a file lies there whose bytes are those of the hash, without reading it. */
  holds(key: string, sha256Hex: string): Promise<boolean>;
}

export function r2Archive(bucket: R2Bucket): ArchiveBucket {
  return {
    async put(key, file, sha256Hex) {
      await bucket.put(key, file, {
        sha256: sha256Hex,
        httpMetadata: { contentType: 'application/vnd.apache.parquet' },
      });
    },
    async get(key) {
      const object = await bucket.get(key);
      return object === null ? null : await object.arrayBuffer();
    },
    async holds(key, sha256Hex) {
      const object = await bucket.head(key);
      if (object === null) return false;
      const checksum = object.checksums.sha256;
      if (checksum !== undefined) return hex(checksum) === sha256Hex;
      // A store that keeps no such checksum is asked for the bytes.
      const file = await (await bucket.get(key))?.arrayBuffer();
      return file !== undefined && (await sha256(file)) === sha256Hex;
    },
  };
}
