import { withinBudget } from '../../services/budget.ts';
import type { MemberVersion, Person } from '../member-directory.ts';
import { type MemberProjection, READ_TOGETHER_MAX } from '../member-projection.ts';

/** Reads under way at once, of the six connections that all questions at the guard and its errands have together. */
const CALLS_AT_ONCE = 3;

interface Read {
  readonly person: Person;
  readonly answer: (member: Promise<MemberVersion | null>) => void;
}

/**
 * Reads of members by the one object that answers every door: as many alone as have a connection, and the others
 * together, so that in a rush hour nobody's budget is spent in waiting for a connection.
 *
 * @param hopelessMs after this time nobody waits for a call any more, and another may begin in its place
 */
export function createReadsAtOnce(
  projection: Pick<MemberProjection, 'read' | 'readMany'>,
  hopelessMs: number,
): Pick<MemberProjection, 'read'> {
  let underWay = 0;
  const waiting: Read[] = [];

  const call = async (work: Promise<unknown>): Promise<void> => {
    underWay += 1;
    // Whoever asked hears of a failure.
    await withinBudget(work, hopelessMs).catch(() => {});
    underWay -= 1;
    const reads = waiting.splice(0, READ_TOGETHER_MAX);
    if (reads.length > 0) void call(together(reads));
  };
  const together = (reads: readonly Read[]): Promise<unknown> => {
    const members = projection.readMany(reads.map(({ person }) => person));
    for (const { person, answer } of reads) answer(members.then((find) => find(person)));
    return members;
  };

  return {
    read: (person) =>
      new Promise((resolve) => {
        if (underWay >= CALLS_AT_ONCE) waiting.push({ person, answer: resolve });
        else {
          const member = projection.read(person);
          resolve(member);
          void call(member);
        }
      }),
  };
}
