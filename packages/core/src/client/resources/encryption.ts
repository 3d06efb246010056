import {
  type EncryptionTestSuccess,
  encryptionTestRequest,
  encryptionTestSuccess,
  type RsaPublicKeySuccess,
  rsaPublicKeySuccess,
} from '../../contract/encryption.ts';
import { endpoints } from '../../contract/endpoints.ts';
import { type FacePassCall, startCall } from '../call.ts';
import { checkRequest } from '../check-request.ts';
import type { ClientCore } from '../client-core.ts';
import { sendSealed } from '../sealed-call.ts';
import type { CallOptions } from '../settings.ts';

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
        return sendSealed(
          core,
          { encryptedData: plaintext },
          options,
          (sealed) => {
            const body = checkRequest(endpoint, encryptionTestRequest, sealed);
            return transport.send({ endpoint, body, success: encryptionTestSuccess }, options);
          },
          ({ data }) => !data.success,
        );
      }),
  };
}
