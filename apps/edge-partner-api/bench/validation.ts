/** B1's service as it is, in one process: opening, look-up and sealing, without a network or the platform around it. */
import type { ValidateRequest } from '@facepass-kit/core/partner';
import { defaultScheme, importPeerKey, importPrivateKeys, type PrivateJwks } from '@facepass-kit/crypto';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  generateDataKey,
  generatePepper,
  type MemberIdentity,
} from '@facepass-kit/protocol';
import { Refusal } from '../src/http/refusal.ts';
import { sealForFacePass } from '../src/services/validation/answer-envelope.ts';
import { createValidationLimits } from '../src/services/validation/validation-limits.ts';
import { createValidationService } from '../src/services/validation/validation-service.ts';
import { createD1MemberDirectory } from '../src/store/d1-members/directory.ts';
import type { MemberFacts } from '../src/store/member-directory.ts';

interface Member {
  readonly merchantUserKey: string;
  readonly status: MemberFacts['status'];
  readonly identity: MemberIdentity;
}

export async function validation(options: {
  /** As much of D1 as the directory needs. */
  readonly db: unknown;
  readonly jwks: PrivateJwks;
  readonly facePassKeySpki: string;
  readonly members: readonly Member[];
}) {
  const index = await createBlindIndex(generatePepper());
  const cipher = await createDataCipher([generateDataKey('bench')]);
  const people = createPersonReferences(index, cipher);
  const peer = await importPeerKey(options.facePassKeySpki);
  // The statements the directory makes are all it is asked for.
  const directory = createD1MemberDirectory(options.db as D1Database, {
    index,
    previous: null,
    pepperId: 'bench',
    cipher,
    people,
  });
  const unlimited: RateLimit = { limit: async () => ({ success: true }) };
  const service = createValidationService({
    directory,
    envelope: sealForFacePass(
      { keys: await importPrivateKeys(options.jwks), scheme: defaultScheme },
      { current: async () => peer },
      defaultScheme,
    ),
    answerFields: [],
    issueTxId: false,
    limits: createValidationLimits({ perIdentifier: unlimited, misses: unlimited }),
    index,
  });
  const writes = options.members.map(({ merchantUserKey, status, identity }) => ({
    merchantUserKey,
    facts: { status, groups: [], tags: {} },
    identity,
  }));
  await directory.upsert(writes, 1);
  return {
    /** The HTTP status that the route would answer with. */
    async ask(request: ValidateRequest): Promise<number> {
      try {
        await service.validate(request, Date.now(), () => {});
        return 200;
      } catch (error) {
        if (error instanceof Refusal) return error.status;
        throw error;
      }
    },
  };
}
