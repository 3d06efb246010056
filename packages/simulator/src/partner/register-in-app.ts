import { tryOpen } from '../vendor-api/read-envelope.ts';
import type { Merchant } from '../world/merchant.ts';
import type { Identity, JsonObject, Person, Registration } from '../world/records.ts';
import { enrol, isRegistered } from '../world/registrations.ts';
import type { World } from '../world/world.ts';
import { callPartner, type PartnerAnswer } from './call-partner.ts';
import { sealForPartner } from './seal-for-partner.ts';

/** Which of the guide's cases the app sends: by CI, by name, phone and birth date, or by phone alone. */
export type RegisterBy = 'ci' | 'identity' | 'phone' | 'everything';

/** What came of comparing one field of the partner's answer with the person. */
type FieldCheck = 'matched' | 'mismatched' | 'not-given';

type RegisterOutcome =
  /** The face is enrolled and its audit waits. */
  | 'registered'
  /** The partner does not know such a member. */
  | 'refused'
  /** The name or birth date the partner answered is not this person's. */
  | 'identity-mismatch'
  /** The key already belongs to another face. */
  | 'duplicated-user-key'
  /** The answer is not what the guide asks for. */
  | 'bad-answer'
  /** No answer came, or it was no HTTP 200 with a JSON object. */
  | 'unanswered'
  /** The partner has given FacePass no usable public key. */
  | 'cannot-seal';

export interface RegisterResult {
  readonly outcome: RegisterOutcome;
  readonly registration: Registration | null;
  readonly checks: { readonly name: FieldCheck; readonly birthDate: FieldCheck };
  readonly partner: PartnerAnswer | null;
  /** What is wrong with the answer, for whoever writes a partner. */
  readonly problem: string | null;
}

const noChecks = { name: 'not-given', birthDate: 'not-given' } as const;

/** A person registers in FacePass's app: the member validation (B1), its checks, the enrolment. */
export async function registerInApp(
  world: World,
  merchant: Merchant,
  person: Person,
  by: RegisterBy,
): Promise<RegisterResult> {
  const { publicKey } = merchant.settings.partner;
  const end = (outcome: RegisterOutcome, rest: Partial<RegisterResult> = {}): RegisterResult => ({
    outcome,
    registration: null,
    checks: noChecks,
    partner: null,
    problem: null,
    ...rest,
  });
  if (publicKey === null) return end('cannot-seal', { problem: 'the partner has no public key' });
  const sealed = await sealForPartner(merchant, publicKey, fieldsOf(person, by)).catch(() => undefined);
  if (sealed === undefined) return end('cannot-seal', { problem: 'the public key or scheme cannot seal' });

  const partner = await callPartner(world, merchant, 'validate', sealed);
  if (!partner.answered) return end('unanswered', { partner });
  const answer = readAnswer(partner.body);
  if ('problem' in answer) return end('bad-answer', { partner, problem: answer.problem });
  if (answer.merchantUserKey === null) return end('refused', { partner });

  const { encrypted: fields, encryptedKey, iv } = answer;
  const isEmpty = Object.keys(fields).length === 0;
  const opened = isEmpty ? {} : await tryOpen({ world, merchant }, { fields, encryptedKey, iv });
  if (opened === undefined)
    return end('bad-answer', { partner, problem: 'the encrypted fields do not open' });
  const checks = {
    name: compare(opened['encryptedName'], person.name),
    birthDate: compare(opened['encryptedBirthDate'], person.birthDate),
  };
  if (checks.name === 'mismatched' || checks.birthDate === 'mismatched') {
    return end('identity-mismatch', { partner, checks });
  }
  const { merchantUserKey, txId } = answer;
  const holder = merchant.registrations.get(merchantUserKey);
  if (isRegistered(holder) && holder.personId !== person.personId) {
    return end('duplicated-user-key', { partner, checks });
  }
  const { personId, ...identity } = person;
  const enrolment = { merchantUserKey, txId, personId, identity, origin: 'app' } as const;
  return end('registered', { registration: enrol(world, merchant, enrolment), partner, checks });
}

function fieldsOf(person: Identity & Person, by: RegisterBy): Record<string, string> {
  const ci = { encryptedCI: person.ci };
  const phone = { encryptedPhoneNumber: person.phoneNumber };
  const identity = { encryptedName: person.name, ...phone, encryptedBirthDate: person.birthDate };
  return { ci, identity, phone, everything: { ...ci, ...identity } }[by];
}

interface ValidateAnswer {
  readonly merchantUserKey: string | null;
  readonly encrypted: Readonly<Record<string, string>>;
  readonly encryptedKey: string;
  readonly iv: string;
  readonly txId: string | null;
}

/** The answer as the guide describes it; null and absent are equal for what is optional. */
function readAnswer(body: JsonObject): ValidateAnswer | { readonly problem: string } {
  const texts: Record<string, string> = {};
  const names = ['merchantUserKey', 'encryptedName', 'encryptedBirthDate', 'encryptedKey', 'iv', 'txId'];
  for (const name of [...names, 'message', 'code']) {
    const value = body[name] ?? null;
    if (value === null) continue;
    if (typeof value !== 'string') return { problem: `${name} is not a string` };
    texts[name] = value;
  }
  const { merchantUserKey = '', encryptedName, encryptedBirthDate, encryptedKey = '', iv = '', txId } = texts;
  const encrypted = {
    ...(encryptedName && { encryptedName }),
    ...(encryptedBirthDate && { encryptedBirthDate }),
  };
  if (Object.keys(encrypted).length > 0 && (encryptedKey === '' || iv === '')) {
    return { problem: 'encryptedKey and iv are required beside encrypted fields' };
  }
  return { merchantUserKey: merchantUserKey || null, encrypted, encryptedKey, iv, txId: txId || null };
}

/** Names are compared after NFC: the same name typed on another keyboard may be decomposed. */
function compare(answered: string | undefined, known: string): FieldCheck {
  if (answered === undefined) return 'not-given';
  return answered.normalize('NFC') === known.normalize('NFC') ? 'matched' : 'mismatched';
}
