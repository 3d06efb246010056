import type { MemberVersion, Person } from './member-directory.ts';

/** Members' facts close to the doors. It may lag; the guard knows what is younger. */
export interface MemberProjection {
  read(person: Person): Promise<MemberVersion | null>;
  /**
   * The same of up to {@link READ_TOGETHER_MAX} people at once, in one call to KV.
   * @returns finds each of them; throws for one that cannot be read, and for nobody else
   */
  readMany(people: readonly Person[]): Promise<(person: Person) => MemberVersion | null>;
  write(member: MemberVersion): Promise<void>;
}

/** A person waits at the door; beyond this the answer is given without the projection. */
export const PROJECTION_BUDGET_MS = 500;

/** Keys KV reads in one call. */
export const READ_TOGETHER_MAX = 100;

/** How long a location may answer from its own copy: rush hour then costs one central read a member. */
const KV_CACHE_SECONDS = 300;

/**
 * After this time every location shows what was written: its own copy is gone (300 s) and KV's propagation
 * (60 s and more) is over, with a wide margin. The guard remembers changes for as long.
 */
export const PROJECTION_HORIZON_MS = 15 * 60_000;

const prefix = 'member:';

export function createKvMemberProjection(kv: KVNamespace): MemberProjection {
  return {
    read: (person) =>
      // Written by `write` below, and by nothing else.
      kv.get<MemberVersion>(`${prefix}${person}`, { type: 'json', cacheTtl: KV_CACHE_SECONDS }),
    async readMany(people) {
      // As text: one that is no JSON would take the others with it.
      const texts = await kv.get(
        people.map((person) => `${prefix}${person}`),
        { type: 'text', cacheTtl: KV_CACHE_SECONDS },
      );
      // As above.
      return (person) => JSON.parse(texts.get(`${prefix}${person}`) ?? 'null');
    },
    async write(member) {
      const key = `${prefix}${member.person}`;
      if (member.facts === null) await kv.delete(key);
      else await kv.put(key, JSON.stringify(member));
    },
  };
}

/** The member a question is about: while the pepper is being changed, under the first of their names that is there. */
export async function readProjected(
  projection: Pick<MemberProjection, 'read'>,
  names: readonly Person[],
): Promise<MemberVersion | null> {
  for (const name of names) {
    const member = await projection.read(name);
    if (member !== null) return member;
  }
  return null;
}
