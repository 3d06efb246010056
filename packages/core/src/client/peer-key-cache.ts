import { importPeerKey, type PeerKey } from '@facepass-kit/crypto';
import { rsaPublicKeySuccess } from '../contract/encryption.ts';
import { endpoints } from '../contract/endpoints.ts';
import { FacePassProtocolError } from '../errors.ts';
import type { Runtime } from './runtime.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';

/** FacePass's public key, fetched once and kept for a while. */
export interface PeerKeyCache {
  get(options?: CallOptions): Promise<PeerKey>;
  /** Fetches it anew, whatever is kept. */
  refresh(options?: CallOptions): Promise<PeerKey>;
}

export function createPeerKeyCache(
  transport: Transport,
  runtime: Runtime,
  maxAgeSeconds: number,
): PeerKeyCache {
  let kept: { readonly key: PeerKey; readonly until: number } | undefined;

  async function refresh(options?: CallOptions): Promise<PeerKey> {
    const endpoint = endpoints.rsaPublicKey;
    const { data } = await transport.send({ endpoint, success: rsaPublicKeySuccess }, options);
    const key = await importPeerKey(data.rsaKey).catch(() => {
      throw new FacePassProtocolError(
        { problem: 'wrong_shape', path: 'success.rsaKey', expected: 'an RSA public key in Base64' },
        { endpoint: `${endpoint.method} ${endpoint.path}` },
      );
    });
    kept = { key, until: runtime.now() + maxAgeSeconds * 1000 };
    return key;
  }

  return {
    async get(options) {
      return kept !== undefined && runtime.now() < kept.until ? kept.key : refresh(options);
    },
    refresh,
  };
}
