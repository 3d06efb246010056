import {
  FacePassApiError,
  FacePassError,
  FacePassRequestError,
  type SdkTokenClient,
} from '@facepass-kit/core/client';
import type { registrationTokenRequest } from '@facepass-kit/protocol';
import type * as z from 'zod';
import { Refusal } from '../http/refusal.ts';
import type { IdentifiedMember, MemberDirectory } from '../store/member-directory.ts';
import { mayRegister } from './validity.ts';

/** SDK tokens for the partner's own apps, which never see the client secret. */
export interface BrokerService {
  /** #3: lets this member's app open the entry SDK. */
  entryToken(merchantUserKey: string, instantMs: number): Promise<string>;
  /** #2: lets this member's app register the member's own face. */
  registrationToken(
    merchantUserKey: string,
    more: z.output<typeof registrationTokenRequest>,
    instantMs: number,
  ): Promise<{ token: string; txId: string | null }>;
}

export function createBrokerService(
  directory: Pick<MemberDirectory, 'findByKey'>,
  facePass: () => Promise<SdkTokenClient>,
): BrokerService {
  const memberOf = async (merchantUserKey: string, instantMs: number): Promise<IdentifiedMember> => {
    const member = await directory.findByKey(merchantUserKey);
    if (member !== null && mayRegister(member.facts, instantMs)) return member;
    throw new Refusal(403, 'NOT_A_MEMBER', 'Only members whose membership is not over get a token.');
  };

  return {
    async entryToken(merchantUserKey, instantMs) {
      await memberOf(merchantUserKey, instantMs);
      const { token } = await asked(async () => (await facePass()).sdkTokens.issueEntryToken());
      return token;
    },

    async registrationToken(asking, more, instantMs) {
      // As it is stored: under another form of it the face would not be found when they leave.
      const { merchantUserKey, identity } = await memberOf(asking, instantMs);
      // What the directory knows wins: nobody registers a face under a name of their own choosing.
      const { name, ...person } = { ...more, ...identity };
      if (name === undefined) {
        throw new Refusal(422, 'IDENTITY_INCOMPLETE', 'A registration needs a name.', [
          { path: 'name', message: 'is neither in the directory nor in the request' },
        ]);
      }
      const prepared = await asked(async () =>
        (await facePass()).registrations.prepare({ merchantUserKey, name, ...person }),
      );
      if (!prepared.completed) {
        throw new Refusal(
          502,
          'FACEPASS_NOT_COMPLETED',
          'FacePass did not open the registration and gave no reason.',
        );
      }
      return { token: prepared.token, txId: prepared.txId ?? null };
    },
  };
}

/** What FacePass said no to, in words a member's app can act on; its own failures stay out of our answers. */
async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof FacePassRequestError) {
      throw new Refusal(
        422,
        'IDENTITY_INCOMPLETE',
        'FacePass needs CI or birth date, and phone number or email.',
      );
    }
    if (error instanceof FacePassApiError && /^[A-Z_]{1,64}$/.test(error.errorCode)) {
      throw new Refusal(409, error.errorCode, 'FacePass refused.');
    }
    if (error instanceof FacePassError) throw new Refusal(502, 'FACEPASS_FAILED', 'FacePass did not answer.');
    throw error;
  }
}
