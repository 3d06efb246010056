import { clientCore, layFoundation } from './foundation.ts';
import type { FacePassClientOptions } from './options.ts';
import type { Encryption } from './resources/encryption.ts';
import { createPrepare } from './resources/prepare.ts';
import { createPublicKey } from './resources/public-key.ts';
import type { Registrations } from './resources/registrations.ts';
import { createSdkTokens, type SdkTokens } from './resources/sdk-tokens.ts';

/** The part of the client that a server at the edge needs: tokens for the SDKs, and FacePass's key. */
export interface SdkTokenClient {
  readonly registrations: Pick<Registrations, 'prepare'>;
  readonly sdkTokens: SdkTokens;
  readonly encryption: Pick<Encryption, 'publicKey'>;
}

/**
 * A client without the lists, devices and the probe: a bundle that uses only this one is 6 KB smaller, compressed.
 *
 * @throws FacePassOptionError for an option that cannot work.
 * @example
 * const client = createSdkTokenClient({ clientId, clientSecret });
 * const { token } = await client.sdkTokens.issueEntryToken();
 */
export function createSdkTokenClient(options: FacePassClientOptions): SdkTokenClient {
  const { foundation, settings } = layFoundation(options);
  const core = clientCore(foundation, settings);
  return {
    registrations: { prepare: createPrepare(core) },
    sdkTokens: createSdkTokens(core),
    encryption: { publicKey: createPublicKey(core) },
  };
}
