import type { ValidateAnswer, ValidateRequest } from '@facepass-kit/core/partner';
import type { BlindIndex } from '@facepass-kit/protocol';
import { Refusal } from '../../http/refusal.ts';
import type { IdentifiedMember, MemberDirectory } from '../../store/member-directory.ts';
import { mayRegister } from '../validity.ts';
import type { AnswerEnvelope, AnswerFields, Asking } from './answer-envelope.ts';
import { agrees, type Claim, claimOf, claimShape, identifierOf, nobodysClaim } from './claim.ts';
import type { ValidationLimits } from './validation-limits.ts';

/** B1: which member a person is who registers in the vendor's app. */
export interface ValidationService {
  /**
   * Does the same work whoever is found or not, and also where the envelope does not open, so that the time an
   * answer takes tells no more than the answer (bench/validate-timing.ts).
   *
   * @throws Refusal 400 `ENVELOPE_REJECTED` where the envelope does not open, whatever the cause;
   * 503 `FACEPASS_KEY_UNAVAILABLE` where an answer of this kind is sealed and FacePass's key cannot be had
   */
  validate(
    request: ValidateRequest,
    instantMs: number,
    keepAlive: Asking['keepAlive'],
  ): Promise<ValidateAnswer>;
}

/** An answer field FacePass compares with the person in front of it. */
type AnswerField = 'name' | 'birthDate';

export interface ValidationServiceOptions {
  readonly directory: Pick<MemberDirectory, 'findByCi' | 'findByPhone'>;
  readonly envelope: AnswerEnvelope;
  /** What is answered beyond the key where FacePass need not check it: as little as possible. */
  readonly answerFields: readonly AnswerField[];
  /** Whether each answer carries a txId of ours, for partners who tie their own records to a registration. */
  readonly issueTxId: boolean;
  readonly limits: ValidationLimits;
  /** What an identifier is called where it is counted. */
  readonly index: BlindIndex;
}

/** The guide requires a `merchantUserKey` and names no way to say "none": this is our reading. */
const NOT_FOUND: ValidateAnswer = {
  merchantUserKey: null,
  message: '일치하는 회원 정보를 찾을 수 없습니다',
  code: 'MEMBER_NOT_FOUND',
};

const WIRE_NAMES = { name: 'encryptedName', birthDate: 'encryptedBirthDate' } as const;
/** Sealed and thrown away where there is nothing to answer. */
const NOBODYS_IDENTITY = { name: '홍길동', birthDate: '19000101' } as const;
/** A number belongs to nobody, one person or two; more is rare. */
const COMPARED_BY_PHONE = 2;

export function createValidationService(options: ValidationServiceOptions): ValidationService {
  const { directory, envelope, limits, index, issueTxId } = options;

  const find = async (claim: Claim): Promise<IdentifiedMember | null> => {
    if (claim.ci !== undefined) return await directory.findByCi(claim.ci);
    if (claim.phoneNumber === undefined) return null;
    const candidates = await directory.findByPhone(claim.phoneNumber);
    const matching = candidates.filter(({ identity }) => agrees(claim, identity));
    // Comparing takes microseconds, too: as many identities are compared where there are fewer.
    for (let n = candidates.length; n < COMPARED_BY_PHONE; n++) agrees(claim, NOBODYS_IDENTITY);
    return matching.length === 1 ? (matching[0] ?? null) : null;
  };

  return {
    async validate(request, instantMs, keepAlive) {
      const shape = claimShape(request);
      const wanted: readonly AnswerField[] = shape.phoneAlone ? ['name', 'birthDate'] : options.answerFields;
      const mustSeal = wanted.length > 0;
      const { fields, seal } = await envelope.open(shape.sealed, shape.codecs, { mustSeal, keepAlive });
      const claim = fields === null ? nobodysClaim(shape) : claimOf(shape, fields);
      await limits.attempt(await identifierOf(claim, index));

      const found = await find(claim);
      const member = found !== null && mayRegister(found.facts, instantMs) ? found : null;
      // A number alone may have a new owner: FacePass must be able to compare both, or there is no match.
      const known = wanted.filter((field) => member?.identity[field] !== undefined);
      const suits = member !== null && (!shape.phoneAlone || known.length === wanted.length);
      const answered = suits ? fieldsOf(member.identity, known) : {};
      const isEmpty = Object.keys(answered).length === 0;
      const sealed = !mustSeal ? {} : await seal(isEmpty ? fieldsOf(NOBODYS_IDENTITY, wanted) : answered);

      if (fields === null || !suits) {
        await limits.miss(fields === null ? 'rejected' : 'unknown');
        if (fields === null) throw envelopeRejected();
        return NOT_FOUND;
      }
      return {
        merchantUserKey: member.merchantUserKey,
        ...(issueTxId ? { txId: crypto.randomUUID() } : {}),
        ...(isEmpty ? {} : sealed),
      };
    },
  };
}

function fieldsOf(
  identity: Readonly<Partial<Record<AnswerField, string | undefined>>>,
  fields: readonly AnswerField[],
): AnswerFields {
  return Object.fromEntries(fields.map((field) => [WIRE_NAMES[field], identity[field] ?? '']));
}

function envelopeRejected(): Refusal {
  return new Refusal(400, 'ENVELOPE_REJECTED', 'The encrypted fields could not be read.');
}
