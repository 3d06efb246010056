import type {
  MemberChanges,
  MemberPage,
  MemberView,
  memberInput,
  replaceMemberRequest,
} from '@facepass-kit/protocol';
import type { z } from 'zod';
import { Refusal } from '../http/refusal.ts';
import { CHANGES_KEPT_DAYS, type ChangeHistory } from '../store/d1-members/change-history.ts';
import type { ErasureLog } from '../store/d1-members/erasure-log.ts';
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
import type { AdoptMembers } from './adopt-members.ts';

/** A member as an administrator wrote it. */
export type WrittenMember = z.output<typeof memberInput> & Pick<MemberWrite, 'clearedTags'>;

/** Members, whose every change counts at the doors before the call returns. */
export interface MemberService {
  /** @throws Refusal 409 `CI_TAKEN`, `ERASED`; 503 `NOT_IN_FORCE_YET` where the guard does not have the change */
  upsert(members: readonly WrittenMember[], atMs: number): Promise<MemberVersion[]>;
  /** Writes without waiting for the guard: {@link MemberService.deliver} follows. @throws MemberConflictError */
  write(members: readonly WrittenMember[], atMs: number): Promise<void>;
  /** Brings people under the names they have today, before something is written about them. */
  readonly adopt: AdoptMembers;
  /** What writing each of them would do. */
  compare(members: readonly WrittenMember[]): Promise<Comparison[]>;
  suspend(person: Person, expected: number | null, atMs: number): Promise<number>;
  restore(person: Person, expected: number | null, atMs: number): Promise<number>;
  /** Cuts everything that tells who somebody was, here and in the guard's records; the mirror follows the changes. */
  erase(person: Person, expected: number | null, atMs: number): Promise<number>;
  get(person: Person): Promise<MemberView>;
  list(filter: MemberFilter): Promise<MemberPage>;
  lookUp(name: MemberName): Promise<MemberView[]>;
  /** @throws Refusal 410 `CURSOR_EXPIRED` where some of the changes after it are not kept any more */
  changes(after: number, limit: number): Promise<MemberChanges>;
  /**
   * Writes what somebody who is a member is like now, over the version that was read.
   * @throws Refusal 404, 409 `CI_TAKEN`, 412 `VERSION_MOVED`, 503 `NOT_IN_FORCE_YET`
   */
  replace(
    person: Person,
    member: z.output<typeof replaceMemberRequest>,
    expected: number | null,
    atMs: number,
  ): Promise<number>;
  /** Hands over to the guard what it has not confirmed; returns how many changes that were. */
  deliver(atMs: number): Promise<number>;
  /** Has the guard cut its records of erased people, where that is still to be done. */
  forgetErased(atMs: number): Promise<number>;
  /** Both of these, for an answer that says that what it wrote counts. @throws Refusal 503 `NOT_IN_FORCE_YET` */
  bringIntoForce(atMs: number): Promise<void>;
}

/** Changes handed to the guard in one call: well below the size of a message between Workers. */
const DELIVERY_BATCH = 500;

/** Erased people whom the guard is asked to forget in one go. */
const FORGET_BATCH = 100;

export function createMemberService(
  directory: MemberDirectory,
  guard: GuardPort,
  erasures: ErasureLog,
  adopt: AdoptMembers,
  history: ChangeHistory,
): MemberService {
  const forgetErased = async (atMs: number): Promise<number> => {
    const people = await erasures.unfinished(FORGET_BATCH);
    for (const person of people) {
      await guard.forgetPerson(person);
      await erasures.forgotten(person, atMs);
    }
    return people.length;
  };

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
    try {
      await deliver(atMs);
      await forgetErased(atMs);
    } catch {
      throw new Refusal(
        503,
        'NOT_IN_FORCE_YET',
        'The change is stored and takes effect as soon as the guard can be reached; repeating the request is safe.',
      );
    }
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
    forgetErased,
    bringIntoForce,
    async upsert(members, atMs) {
      await adopt(members);
      const versions = await directory.upsert(members.map(toWrite), atMs).catch(conflicts);
      await bringIntoForce(atMs);
      return versions;
    },
    async write(members, atMs) {
      await adopt(members);
      await directory.upsert(members.map(toWrite), atMs);
    },
    adopt,
    async compare(members) {
      await adopt(members);
      return await directory.compare(members.map(toWrite));
    },
    suspend: async (person, expected, atMs) =>
      await settled(await directory.setStatus(person, 'suspended', expected, atMs), atMs),
    restore: async (person, expected, atMs) =>
      await settled(await directory.setStatus(person, 'active', expected, atMs), atMs),
    erase: async (person, expected, atMs) =>
      await settled(await directory.erase(person, expected, atMs), atMs),
    async replace(person, { identity, ...facts }, expected, atMs) {
      const outcome = await directory.replace(person, facts, identity, expected, atMs).catch(conflicts);
      return await settled(outcome, atMs);
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
      const { through, newest } = await history.horizon();
      if (after < through) throw expired(through, newest);
      return { changes, lastSequence: changes.at(-1)?.sequence ?? after };
    },
  };
}

/** A written member as the directory takes it. */
export function toWrite({
  merchantUserKey,
  identity,
  readmit,
  clearedTags,
  ...facts
}: WrittenMember): MemberWrite {
  return { merchantUserKey, facts, clearedTags, identity, readmit };
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

function conflicts(error: unknown): never {
  throw error instanceof MemberConflictError ? conflict(error) : error;
}

function expired(through: number, newest: number): Refusal {
  return new Refusal(
    410,
    'CURSOR_EXPIRED',
    `Changes are kept for ${CHANGES_KEPT_DAYS} days, and some after this one are gone: read all members, then go on with after=${newest}.`,
    [{ path: 'after', message: `expected at least ${through}` }],
  );
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
