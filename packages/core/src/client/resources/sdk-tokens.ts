import { endpoints } from '../../contract/endpoints.ts';
import { type VerifyTokenSuccess, verifyTokenSuccess } from '../../contract/sdk-tokens.ts';
import { type FacePassCall, startCall } from '../call.ts';
import type { ClientCore } from '../client-core.ts';
import type { CallOptions } from '../settings.ts';

export interface SdkTokens {
  /** #3: a token for the entry SDK, good for one hour. The registration SDK's comes from `prepare`. */
  issueEntryToken(options?: CallOptions): FacePassCall<VerifyTokenSuccess>;
}

export function createSdkTokens({ transport }: ClientCore): SdkTokens {
  return {
    issueEntryToken: (options) =>
      startCall(() =>
        transport.send({ endpoint: endpoints.verifyToken, success: verifyTokenSuccess }, options),
      ),
  };
}
