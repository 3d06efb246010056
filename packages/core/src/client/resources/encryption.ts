import type { ProbeReport } from '@facepass-kit/crypto/probe';
import {
  type EncryptionTestSuccess,
  encryptionTestRequest,
  encryptionTestSuccess,
  type RsaPublicKeySuccess,
} from '../../contract/encryption.ts';
import { endpoints } from '../../contract/endpoints.ts';
import { type FacePassCall, startCall } from '../call.ts';
import { checkRequest } from '../check-request.ts';
import type { ClientCore } from '../client-core.ts';
import { type ProbeSettings, probe } from '../probe.ts';
import { sendSealed } from '../sealed-call.ts';
import type { CallOptions } from '../settings.ts';
import { createPublicKey } from './public-key.ts';

export interface Encryption {
  /** #1: FacePass's public key, as it stands now. */
  publicKey(options?: CallOptions): FacePassCall<RsaPublicKeySuccess>;
  /** #4: seals `plaintext` as the client would a person's field, and asks FacePass whether it can open it. */
  test(plaintext: string, options?: CallOptions): FacePassCall<EncryptionTestSuccess>;
  /**
   * Finds out by #4 how FacePass wants fields to be sealed: tries the plausible schemes with synthetic texts and
   * gives the evidence. Paddings beyond WebCrypto's are tried when the client was given their `keyWraps`.
   *
   * @example
   * const { verdict, accepted } = await client.encryption.probe();
   * if (verdict === 'found') configure({ scheme: accepted[0] });
   */
  probe(settings?: ProbeSettings): Promise<ProbeReport>;
}

export function createEncryption(core: ClientCore): Encryption {
  const { transport } = core;
  return {
    publicKey: createPublicKey(core),
    probe: (settings) => probe(core, settings),
    test: (plaintext, options) =>
      startCall(async () => {
        const endpoint = endpoints.encryptionTest;
        return sendSealed(
          core,
          { encryptedData: plaintext },
          options,
          (sealed, part) => {
            const body = checkRequest(endpoint, encryptionTestRequest, sealed);
            return transport.send({ endpoint, body, success: encryptionTestSuccess }, part);
          },
          ({ data }) => !data.success,
        );
      }),
  };
}
