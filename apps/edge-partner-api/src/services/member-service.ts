import type { MemberChanges, MemberPage, MemberView, memberInput } from '@facepass-kit/protocol';
import type { z } from 'zod';
import { Refusal } from '../http/refusal.ts';
import type { GuardPort } from '../store/guard-port.ts';
import {
  type Comparison,
  MemberConflictError,
  type MemberDirectory,
  type MemberFilter,
  type MemberName,
  type MemberRecord,
  type MemberVersion,
  type MemberWrite,
  type Person,
  type WriteOutcome,
} from '../store/member-directory.ts';

/** A member as an administrator wrote it, defaults filled in. */
type WrittenMember = z.output<typeof memberInput>;

/** Members, whose every change counts at the doors before the call returns. */
export interface MemberService {
  /** @throws Refusal 409 `CI_TAKEN`, `ERASED`; 503 `NOT_IN_FORCE_YET` where the guard does not have the change */
  upsert(members: readonly WrittenMember[], atMs: number): Promise<MemberVersion[]>;
  /** Writes without waiting for the guard: {@link MemberService.deliver} follows. @throws MemberConflictError */
  write(members: readonly WrittenMember[], atMs: number): Promise<void>;
  /** What writing each of them would do. */
  compare(members: readonly WrittenMember[]): Promise<Comparison[]>;
  suspend(person: Person, expected: number | null, atMs: number): Promise<number>;
  restore(person: Person, expected: number | null, atMs: number): Promise<number>;
  /** Cuts everything that tells who somebody was, here and in the guard's records. */
  erase(person: Person, expected: number | null, atMs: number): Promise<number>;
  get(person: Person): Promise<MemberView>;
  list(filter: MemberFilter): Promise<MemberPage>;
  lookUp(name: MemberName): Promise<MemberView[]>;
  changes(after: number, limit: number): Promise<MemberChanges>;
  /** Hands over to the guard what it has not confirmed; returns how many changes that were. */
  deliver(atMs: number): Promise<number>;
}

/** Changes handed to the guard in one call: well below the size of a message between Workers. */
const DELIVERY_BATCH = 500;

export function createMemberService(directory: MemberDirectory, guard: GuardPort): MemberService {
  const deliver = async (atMs: number): Promise<number> => {
    let delivered = 0;
    for (;;) {
      const changes = await directory.undelivered(DELIVERY_BATCH);
      if (changes.length === 0) return delivered;
      await guard.applyMembers(changes.map(({ person, version, facts }) => ({ person, version, facts })));
      await directory.markDelivered(
        changes.map(({ sequence }) => sequence),
        atMs,
      );
      delivered += changes.length;
      if (changes.length < DELIVERY_BATCH) return delivered;
    }
  };

  const bringIntoForce = async (atMs: number): Promise<void> => {
    await deliver(atMs).catch(() => {
      throw new Refusal(
        503,
        'NOT_IN_FORCE_YET',
        'The change is stored and takes effect as soon as the guard can be reached; repeating the request is safe.',
      );
    });
  };

  const settled = async (outcome: WriteOutcome, atMs: number): Promise<number> => {
    if (outcome === 'absent') throw unknownMember();
    if (outcome === 'moved') {
      throw new Refusal(
        412,
        'VERSION_MOVED',
        'The member has changed since: read it again, and decide anew.',
      );
    }
    await bringIntoForce(atMs);
    return outcome.version;
  };

  return {
    deliver,
    async upsert(members, atMs) {
      const versions = await directory.upsert(members.map(toWrite), atMs).catch((error: unknown) => {
        throw error instanceof MemberConflictError ? conflict(error) : error;
      });
      await bringIntoForce(atMs);
      return versions;
    },
    async write(members, atMs) {
      await directory.upsert(members.map(toWrite), atMs);
    },
    compare: async (members) => await directory.compare(members.map(toWrite)),
    suspend: async (person, expected, atMs) =>
      await settled(await directory.setStatus(person, 'suspended', expected, atMs), atMs),
    restore: async (person, expected, atMs) =>
      await settled(await directory.setStatus(person, 'active', expected, atMs), atMs),
    async erase(person, expected, atMs) {
      const version = await settled(await directory.erase(person, expected, atMs), atMs);
      await guard.forgetPerson(person);
      return version;
    },
    async get(person) {
      const record = await directory.get(person);
      if (record === null) throw unknownMember();
      return toView(record);
    },
    async list(filter) {
      const records = await directory.list({ ...filter, limit: filter.limit + 1 });
      const page = records.slice(0, filter.limit);
      const more = records.length > filter.limit;
      return { members: page.map(toView), nextCursor: more ? (page.at(-1)?.person ?? null) : null };
    },
    lookUp: async (name) => (await directory.lookUp(name)).map(toView),
    async changes(after, limit) {
      const changes = await directory.changesAfter(after, limit);
      return { changes, lastSequence: changes.at(-1)?.sequence ?? after };
    },
  };
}

function toWrite({ merchantUserKey, identity, readmit, ...facts }: WrittenMember): MemberWrite {
  return { merchantUserKey, facts, identity, readmit };
}

function toView({
  person,
  merchantUserKey,
  facts,
  version,
  updatedAt,
  hasCi,
  hasPhoneNumber,
}: MemberRecord): MemberView {
  return {
    ...facts,
    person,
    merchantUserKey,
    version,
    updatedAt,
    identified: { ci: hasCi, phoneNumber: hasPhoneNumber },
  };
}

function unknownMember(): Refusal {
  return new Refusal(404, 'UNKNOWN_MEMBER', 'There is no such member.');
}

function conflict({ kind, positions }: MemberConflictError): Refusal {
  return kind === 'erased'
    ? new Refusal(
        409,
        'ERASED',
        'A member was erased, and comes back only where "readmit" is true.',
        positions.map((position) => ({ path: `members.${position}`, message: 'was erased' })),
      )
    : new Refusal(
        409,
        'CI_TAKEN',
        'A CI belongs to one member, and another one has it.',
        positions.map((position) => ({
          path: `members.${position}.identity.ci`,
          message: 'belongs to another member',
        })),
      );
}
