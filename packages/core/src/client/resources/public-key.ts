import { rsaPublicKeySuccess } from '../../contract/encryption.ts';
import { endpoints } from '../../contract/endpoints.ts';
import { startCall } from '../call.ts';
import type { ClientCore } from '../client-core.ts';
import type { Encryption } from './encryption.ts';

/** #1. */
export function createPublicKey({ transport }: ClientCore): Encryption['publicKey'] {
  return (options) =>
    startCall(() =>
      transport.send({ endpoint: endpoints.rsaPublicKey, success: rsaPublicKeySuccess }, options),
    );
}
