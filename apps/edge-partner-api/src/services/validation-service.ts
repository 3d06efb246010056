import type { ValidateAnswer, ValidateRequest } from '@facepass-kit/core/partner';
import { createSealer, EnvelopeError, type EnvelopeScheme, type Opener } from '@facepass-kit/crypto';
import type { BlindIndex } from '@facepass-kit/protocol';
import { Refusal } from '../http/refusal.ts';
import type { IdentifiedMember, MemberDirectory } from '../store/member-directory.ts';
import type { FacePassKey } from '../store/session/facepass-key.ts';
import type { ValidationLimits } from './validation-limits.ts';
import { mayRegister } from './validity.ts';

/** B1: which member a person is who registers in the vendor's app. */
export interface ValidationService {
  /**
   * @throws Refusal 400 `ENVELOPE_REJECTED` where the envelope does not open, whatever the cause;
   * 503 `FACEPASS_KEY_UNAVAILABLE` where the answer must be sealed and FacePass's key cannot be had
   */
  validate(request: ValidateRequest, instantMs: number): Promise<ValidateAnswer>;
}

/** An answer field FacePass compares with the person in front of it. */
type AnswerField = 'name' | 'birthDate';

export interface ValidationServiceOptions {
  readonly directory: MemberDirectory;
  readonly opener: Opener;
  readonly facePassKey: FacePassKey;
  readonly scheme: EnvelopeScheme;
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

/** A person as one envelope describes them. */
interface Claim {
  readonly ci?: string | undefined;
  readonly phoneNumber?: string | undefined;
  readonly name?: string | undefined;
  readonly birthDate?: string | undefined;
}

const CLAIM_FIELDS = {
  ci: 'encryptedCI',
  phoneNumber: 'encryptedPhoneNumber',
  name: 'encryptedName',
  birthDate: 'encryptedBirthDate',
} as const satisfies Record<keyof Claim, keyof ValidateRequest>;

export function createValidationService(options: ValidationServiceOptions): ValidationService {
  const { directory, facePassKey } = options;

  const open = async (request: ValidateRequest): Promise<Claim> => {
    const parts = Object.entries(CLAIM_FIELDS).filter(([, field]) => typeof request[field] === 'string');
    try {
      const plain = await options.opener.open(
        request,
        parts.map(([, field]) => field),
      );
      return Object.fromEntries(parts.map(([part, field]) => [part, plain[field]]));
    } catch (error) {
      if (error instanceof EnvelopeError) throw envelopeRejected();
      throw error;
    }
  };

  const find = async (claim: Claim): Promise<IdentifiedMember | null> => {
    if (claim.ci !== undefined) return await directory.findByCi(claim.ci);
    if (claim.phoneNumber === undefined) return null;
    const candidates = await directory.findByPhone(digits(claim.phoneNumber));
    const matching = candidates.filter(({ identity }) => agrees(claim, identity));
    return matching.length === 1 ? (matching[0] ?? null) : null;
  };

  const identifierOf = async (claim: Claim): Promise<string> =>
    claim.ci === undefined
      ? await options.index.of('phone', digits(claim.phoneNumber ?? ''))
      : await options.index.of('ci', claim.ci);

  const answerTo = async (claim: Claim, instantMs: number): Promise<ValidateAnswer> => {
    const member = await find(claim);
    if (member === null || !mayRegister(member.facts, instantMs)) return NOT_FOUND;

    const phoneAlone = claim.ci === undefined && claim.name === undefined && claim.birthDate === undefined;
    const { name, birthDate } = member.identity;
    // A number alone may have a new owner: FacePass must be able to compare both, or there is no match.
    if (phoneAlone && (name === undefined || birthDate === undefined)) return NOT_FOUND;
    const wanted = (field: AnswerField): boolean => phoneAlone || options.answerFields.includes(field);
    const fields: Record<string, string> = {
      ...(name !== undefined && wanted('name') ? { encryptedName: name } : {}),
      ...(birthDate !== undefined && wanted('birthDate') ? { encryptedBirthDate: birthDate } : {}),
    };
    const answer = {
      merchantUserKey: member.merchantUserKey,
      ...(options.issueTxId ? { txId: crypto.randomUUID() } : {}),
    };
    if (Object.keys(fields).length === 0) return answer;

    const peer = await facePassKey.current().catch(() => {
      throw new Refusal(503, 'FACEPASS_KEY_UNAVAILABLE', 'The answer cannot be sealed at the moment.');
    });
    const sealer = createSealer({ peer, scheme: options.scheme });
    return { ...answer, ...(await sealer.seal(fields)) };
  };

  return {
    async validate(request, instantMs) {
      const claim = await open(request);
      await options.limits.attempt(await identifierOf(claim));
      const answer = await answerTo(claim, instantMs);
      if (answer.merchantUserKey === null) await options.limits.miss();
      return answer;
    },
  };
}

function envelopeRejected(): Refusal {
  return new Refusal(400, 'ENVELOPE_REJECTED', 'The encrypted fields could not be read.');
}

/** Whether a stored identity has everything the claim says; what is not stored does not agree. */
function agrees(claim: Claim, identity: IdentifiedMember['identity']): boolean {
  const sameName = claim.name === undefined || spelling(claim.name) === spelling(identity.name);
  const sameBirthDate = claim.birthDate === undefined || digits(claim.birthDate) === identity.birthDate;
  return sameName && sameBirthDate;
}

/** Names are compared after NFC and without regard to blanks and letter case. */
function spelling(name: string | undefined): string | undefined {
  return name?.normalize('NFC').replaceAll(/\s+/g, '').toLowerCase();
}

function digits(text: string): string {
  return text.replaceAll(/[^0-9]/g, '');
}
