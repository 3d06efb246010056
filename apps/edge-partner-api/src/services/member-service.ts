import type { memberInput } from '@facepass-kit/protocol';
import type { z } from 'zod';
import { Refusal } from '../http/refusal.ts';
import type { GuardPort } from '../store/guard-port.ts';
import {
  CiConflictError,
  type MemberDirectory,
  type MemberVersion,
  type MemberWrite,
} from '../store/member-directory.ts';

/** A member as an administrator wrote it, defaults filled in. */
type MemberRecord = z.output<typeof memberInput>;

export interface MemberService {
  /**
   * Writes members and makes them count at the doors before it returns.
   * @throws Refusal 409 `CI_TAKEN`; 503 `NOT_IN_FORCE_YET` where they are stored and the guard does not have them
   */
  upsert(members: readonly MemberRecord[], atMs: number): Promise<MemberVersion[]>;
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
      await guard.applyMembers(changes);
      await directory.markDelivered(
        changes.map(({ sequence }) => sequence),
        atMs,
      );
      delivered += changes.length;
      if (changes.length < DELIVERY_BATCH) return delivered;
    }
  };

  return {
    deliver,
    async upsert(members, atMs) {
      const versions = await directory.upsert(members.map(toWrite), atMs).catch((error: unknown) => {
        throw error instanceof CiConflictError ? ciTaken(error) : error;
      });
      await deliver(atMs).catch(() => {
        throw new Refusal(
          503,
          'NOT_IN_FORCE_YET',
          'The members are stored and take effect as soon as the guard can be reached; repeating the request is safe.',
        );
      });
      return versions;
    },
  };
}

function toWrite({ merchantUserKey, identity, ...facts }: MemberRecord): MemberWrite {
  return { merchantUserKey, facts, identity };
}

function ciTaken({ positions }: CiConflictError): Refusal {
  return new Refusal(
    409,
    'CI_TAKEN',
    'A CI belongs to one member, and another one has it.',
    positions.map((position) => ({
      path: `members.${position}.identity.ci`,
      message: 'belongs to another member',
    })),
  );
}
