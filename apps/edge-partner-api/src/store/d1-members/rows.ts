import {
  type BlindIndex,
  type DataCipher,
  type MemberIdentity,
  memberIdentity,
  type PersonReferences,
} from '@facepass-kit/protocol';
import * as z from 'zod';
import type {
  IdentifiedMember,
  MemberChange,
  MemberFacts,
  MemberRecord,
  MemberVersion,
  MemberWrite,
} from '../member-directory.ts';

const { name, phoneNumber, birthDate, ci } = memberIdentity.shape;

/** What of a stored identity still fits: the rest is as if it were not there, and never sealed for FacePass. */
const storedIdentity = z.object({
  name: name.catch(undefined),
  phoneNumber: phoneNumber.catch(undefined),
  birthDate: birthDate.catch(undefined),
  ci: ci.catch(undefined),
});

/** A write whose identity is all that there will be. */
export interface WholeWrite extends Omit<MemberWrite, 'identity'> {
  readonly identity?: MemberIdentity | undefined;
  /** The version it was completed from; null where nothing of what is stored is in it. */
  readonly over: number | null;
}

/** The status of a tombstone: somebody was here and was erased. */
export const ERASED = 'erased';

export interface MemberRow {
  readonly person: string;
  readonly merchant_user_key: string;
  readonly facts: string;
  readonly identity: string | null;
  readonly version: number;
  readonly updated_at: number;
  readonly has_ci: 0 | 1;
  readonly has_phone: 0 | 1;
}

/** The columns of a {@link MemberRow}. */
export const MEMBER_COLUMNS = `person, merchant_user_key, facts, identity, version, updated_at,
  ci_index IS NOT NULL AS has_ci, phone_index IS NOT NULL AS has_phone`;

export interface VersionRow {
  readonly person: string;
  readonly version: number;
  readonly facts: string | null;
}

export interface ChangeRow extends VersionRow {
  readonly sequence: number;
  readonly changed_at: number;
}

export interface Sealing {
  readonly index: BlindIndex;
  /** While the pepper is being changed: the index under the one before. */
  readonly previous: BlindIndex | null;
  /** Tells rows under the current pepper from others. */
  readonly pepperId: string;
  readonly cipher: DataCipher;
  readonly people: PersonReferences;
}

export type SealedWrite = Awaited<ReturnType<typeof sealWrite>>;

export async function sealWrite(sealing: Sealing, write: WholeWrite) {
  const { merchantUserKey, identity } = write;
  const { hmac, sealed } = await sealing.people.of(merchantUserKey);
  return {
    person: hmac,
    key: sealed,
    ...factsOf(write),
    over: write.over,
    pepper: sealing.pepperId,
    ...(identity === undefined ? NO_IDENTITY : await sealIdentity(sealing, hmac, identity)),
  };
}

/** What the statements of merge.ts read of a write. */
function factsOf({ facts, clearedTags, readmit = false }: WholeWrite) {
  const cleared = Object.fromEntries((clearedTags ?? []).map((name) => [name, null]));
  return {
    facts: JSON.stringify({ ...facts, ...(clearedTags && { tags: { ...facts.tags, ...cleared } }) }),
    wholeTags: facts.tags !== undefined && clearedTags === undefined ? 1 : 0,
    readmit: readmit ? 1 : 0,
  };
}

const NO_IDENTITY = { identity: null, identityHash: null, ci: null, phone: null };

/** An identity as a person's row holds it. */
export async function sealIdentity({ index, cipher }: Sealing, person: string, identity: MemberIdentity) {
  const { ci: plainCi, phoneNumber: phone } = identity;
  return {
    identity: await cipher.seal(JSON.stringify(identity), identityPlace(person)),
    identityHash: await identityHash(index, identity),
    ci: plainCi === undefined ? null : await index.of('ci', plainCi),
    phone: phone === undefined ? null : await index.of('phone', phone),
  };
}

/** What a write is compared by with what is stored, without sealing anything. */
export async function digestWrite({ index, people }: Sealing, write: WholeWrite) {
  const { merchantUserKey, identity } = write;
  return {
    person: await people.hmac(merchantUserKey),
    ...factsOf(write),
    identityHash: await identityHash(index, identity),
    ci: identity?.ci === undefined ? null : await index.of('ci', identity.ci),
  };
}

/** Equal for equal identities; the schema has brought them into one form and order. */
async function identityHash(index: BlindIndex, identity: WholeWrite['identity']): Promise<string | null> {
  return identity === undefined ? null : await index.of('identity', JSON.stringify(identity));
}

/** A row as it might be stored, of nobody: to be opened where no row was found. */
export async function nobodysRow(sealing: Sealing): Promise<MemberRow> {
  const { person, key, facts, identity } = await sealWrite(sealing, {
    merchantUserKey: crypto.randomUUID(),
    facts: { status: 'active', groups: [], tags: {} },
    identity: { name: '홍길동', phoneNumber: '01000000000', birthDate: '19000101', ci: 'A'.repeat(88) },
    over: null,
  });
  return {
    person,
    merchant_user_key: key,
    facts,
    identity,
    version: 0,
    updated_at: 0,
    has_ci: 1,
    has_phone: 1,
  };
}

export async function openIdentified(sealing: Sealing, row: MemberRow): Promise<IdentifiedMember> {
  const [merchantUserKey, identity] = await Promise.all([
    sealing.people.open({ hmac: row.person, sealed: row.merchant_user_key }),
    openIdentity(sealing, row),
  ]);
  return { merchantUserKey, facts: readFacts(row.facts), identity };
}

export async function openIdentity(
  { cipher }: Sealing,
  { person, identity }: Pick<MemberRow, 'person' | 'identity'>,
): Promise<MemberIdentity> {
  const json = identity === null ? '{}' : await cipher.open(identity, identityPlace(person));
  return storedIdentity.parse(JSON.parse(json));
}

/** The indexes a value may be stored under. */
export async function indexesOf(
  { index, previous }: Sealing,
  domain: 'ci' | 'phone' | 'merchantUserKey',
  value: string,
): Promise<string> {
  const current = await index.of(domain, value);
  return JSON.stringify(previous === null ? [current] : [current, await previous.of(domain, value)]);
}

export async function openRecord({ people }: Sealing, row: MemberRow): Promise<MemberRecord> {
  return {
    person: row.person,
    merchantUserKey: await people.open({ hmac: row.person, sealed: row.merchant_user_key }),
    facts: readFacts(row.facts),
    version: row.version,
    updatedAt: row.updated_at,
    hasCi: row.has_ci === 1,
    hasPhoneNumber: row.has_phone === 1,
  };
}

export function readVersion({ person, version, facts }: VersionRow): MemberVersion {
  return { person, version, facts: facts === null ? null : readFacts(facts) };
}

export function readChange(row: ChangeRow): MemberChange {
  return { ...readVersion(row), sequence: row.sequence, changedAt: row.changed_at };
}

function readFacts(json: string): MemberFacts {
  // Written by `sealWrite` from validated facts, and by nothing else.
  return JSON.parse(json) as MemberFacts;
}

/** Binds a sealed identity to its row. */
function identityPlace(person: string): string {
  return `member.identity:${person}`;
}
