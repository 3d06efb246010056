import { importPeerKey, type PeerKey } from '@facepass-kit/crypto';
import { rsaPublicKeySuccess } from '../contract/encryption.ts';
import { endpoints } from '../contract/endpoints.ts';
import { FacePassProtocolError } from '../errors.ts';
import type { EventListener } from './events.ts';
import type { Runtime } from './runtime.ts';
import type { PartOptions, Transport } from './transport.ts';

/** FacePass's public key, kept for a while. */
export interface PeerKeyCache {
  /** The key at hand, if it is young enough. */
  current(): PeerKey | undefined;
  keep(key: PeerKey): void;
}

export function createPeerKeyCache(
  runtime: Runtime,
  emit: EventListener,
  maxAgeSeconds: number,
): PeerKeyCache {
  let kept: { readonly key: PeerKey; readonly untilMs: number } | undefined;
  return {
    current: () => (kept !== undefined && runtime.now() < kept.untilMs ? kept.key : undefined),
    keep(key) {
      const changed = kept !== undefined && kept.key.kid !== key.kid;
      const atMs = runtime.now();
      kept = { key, untilMs: atMs + maxAgeSeconds * 1000 };
      emit({ type: 'public_key_fetched', atMs, changed });
    },
  };
}

/** Asks FacePass for its public key (#1) and keeps it. @throws FacePassProtocolError when it is none. */
export async function fetchPeerKey(
  transport: Transport,
  cache: PeerKeyCache,
  options?: PartOptions,
): Promise<PeerKey> {
  const endpoint = endpoints.rsaPublicKey;
  const { data } = await transport.send({ endpoint, success: rsaPublicKeySuccess }, options);
  const key = await importPeerKey(data.rsaKey).catch(() => {
    const expected = 'an RSA public key in Base64';
    throw new FacePassProtocolError(
      { problem: 'wrong_shape', path: 'success.rsaKey', expected },
      { endpoint: `${endpoint.method} ${endpoint.path}` },
    );
  });
  cache.keep(key);
  return key;
}
