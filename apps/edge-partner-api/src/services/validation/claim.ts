import type { ValidateRequest } from '@facepass-kit/core/partner';
import { EnvelopeError } from '@facepass-kit/crypto';
import { type FieldCodec, fieldCodecs } from '@facepass-kit/crypto/fields';
import type { BlindIndex } from '@facepass-kit/protocol';
import type { IdentifiedMember } from '../../store/member-directory.ts';

/** A person as one envelope describes them. */
export interface Claim {
  readonly ci?: string | undefined;
  readonly phoneNumber?: string | undefined;
  readonly name?: string | undefined;
  readonly birthDate?: string | undefined;
}

type Part = keyof Claim;
type Field = 'encryptedCI' | 'encryptedPhoneNumber' | 'encryptedName' | 'encryptedBirthDate';

/** FacePass may write a number as people do; what is left without the marks between digits must fit. */
function digitsOf(codec: FieldCodec): FieldCodec {
  return { encode: codec.encode, decode: (text) => codec.decode(text.replaceAll(/[\s().-]/g, '')) };
}

/** Longer than any CI: what is looked up is an HMAC of it, whatever it is. */
const CI_MAX = 200;

/** A CI is compared as it was stored, so nothing is asked of it but that it is one line of a plausible length. */
const anyCi: FieldCodec = {
  encode: (text) => text,
  decode(text) {
    if (/^[\x21-\x7e]+$/.test(text) && text.length <= CI_MAX) return text;
    throw new EnvelopeError('invalid_input', 'Not a CI.');
  },
};

/** The formats exclude one another but for the CI's, which stands alone: swapped ciphertexts are refused. */
const CLAIM_FIELDS: Readonly<Record<Part, { readonly field: Field; readonly codec: FieldCodec }>> = {
  ci: { field: 'encryptedCI', codec: anyCi },
  phoneNumber: { field: 'encryptedPhoneNumber', codec: digitsOf(fieldCodecs.encryptedPhoneNumber) },
  name: { field: 'encryptedName', codec: fieldCodecs.encryptedName },
  birthDate: { field: 'encryptedBirthDate', codec: digitsOf(fieldCodecs.encryptedBirthDate) },
};

/** An envelope with what is to be opened of it and nothing else. */
export type SealedClaim = { readonly encryptedKey: string; readonly iv: string } & Readonly<
  Record<string, string>
>;

/** What a request claims, before it is opened: which parts, under which names, in which form. */
export interface ClaimShape {
  readonly parts: readonly Part[];
  readonly sealed: SealedClaim;
  readonly codecs: Readonly<Record<string, FieldCodec>>;
  /** Somebody known by a number alone, which may have a new owner. */
  readonly phoneAlone: boolean;
}

/** CI wins: where it is sent, nothing else is opened. */
export function claimShape(request: ValidateRequest): ClaimShape {
  const { encryptedKey, iv } = request;
  // Keys of a literal, which Object.keys widens to string.
  const sent = (Object.keys(CLAIM_FIELDS) as Part[]).filter(
    (part) => request[CLAIM_FIELDS[part].field] !== undefined,
  );
  const parts = sent.includes('ci') ? (['ci'] as const) : sent;
  const fields = parts.map((part) => CLAIM_FIELDS[part]);
  return {
    parts,
    sealed: {
      ...Object.fromEntries(fields.map(({ field }) => [field, request[field] ?? ''])),
      encryptedKey,
      iv,
    },
    codecs: Object.fromEntries(fields.map(({ field, codec }) => [field, codec])),
    phoneAlone: parts.length === 1 && parts[0] === 'phoneNumber',
  };
}

export function claimOf({ parts }: ClaimShape, opened: Readonly<Record<string, string>>): Claim {
  return Object.fromEntries(parts.map((part) => [part, opened[CLAIM_FIELDS[part].field]]));
}

/** A claim of the same shape that is nobody's: what is looked up where there is nothing to look up. */
export function nobodysClaim({ parts }: ClaimShape): Claim {
  const random = crypto.randomUUID();
  return Object.fromEntries(parts.map((part) => [part, random]));
}

/** What a person is counted under: the pseudonym of the identifier they are looked up by. */
export async function identifierOf(claim: Claim, index: BlindIndex): Promise<string> {
  return claim.ci === undefined
    ? await index.of('phone', claim.phoneNumber ?? '')
    : await index.of('ci', claim.ci);
}

/** Whether a stored identity has everything the claim says; what is not stored does not agree. */
export function agrees(claim: Claim, identity: IdentifiedMember['identity']): boolean {
  const sameName = claim.name === undefined || spelling(claim.name) === spelling(identity.name);
  const sameBirthDate = claim.birthDate === undefined || claim.birthDate === identity.birthDate;
  return sameName && sameBirthDate;
}

/** Names are compared after NFC and without regard to blanks and letter case. */
function spelling(name: string | undefined): string | undefined {
  return name?.normalize('NFC').replaceAll(/\s+/g, '').toLowerCase();
}
