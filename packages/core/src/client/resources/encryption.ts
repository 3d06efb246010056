import { createSealer } from '@facepass-kit/crypto';
import {
  type EncryptionTestSuccess,
  encryptionTestRequest,
  encryptionTestSuccess,
  type RsaPublicKeySuccess,
  rsaPublicKeySuccess,
} from '../../contract/encryption.ts';
import { endpoints } from '../../contract/endpoints.ts';
import { type FacePassCall, startCall } from '../call.ts';
import type { ClientCore } from '../client-core.ts';
import type { CallOptions } from '../settings.ts';
import { checkRequest } from '../transport.ts';

export interface Encryption {
  /** #1: FacePass's public key, as it stands now. */
  publicKey(options?: CallOptions): FacePassCall<RsaPublicKeySuccess>;
  /** #4: seals `plaintext` as the client would a person's field, and asks FacePass whether it can open it. */
  test(plaintext: string, options?: CallOptions): FacePassCall<EncryptionTestSuccess>;
}

export function createEncryption(core: ClientCore): Encryption {
  const { transport } = core;
  return {
    publicKey: (options) =>
      startCall(() =>
        transport.send({ endpoint: endpoints.rsaPublicKey, success: rsaPublicKeySuccess }, options),
      ),
    test: (plaintext, options) =>
      startCall(async () => {
        const endpoint = endpoints.encryptionTest;
        const peer = await core.peerKey.get(options);
        const sealed = await createSealer({ peer, scheme: core.scheme }).seal({ encryptedData: plaintext });
        const body = checkRequest(endpoint, encryptionTestRequest, sealed);
        return transport.send({ endpoint, body, success: encryptionTestSuccess }, options);
      }),
  };
}
