import type { MemberVersion, Person } from '../store/member-directory.ts';
import type { MemberProjection } from '../store/member-projection.ts';
import { withinBudget } from './budget.ts';
import type { DelegatedDirectory } from './delegated/delegated-directory.ts';

/** Reads a member for a question at a door: from where the site's members live, within its budget. */
export type MemberReader = (
  merchantUserKey: string,
  person: Person,
  siteId: string | null,
) => Promise<MemberVersion | null>;

/** A person waits at the door; beyond this the answer is given without the projection. */
export const PROJECTION_BUDGET_MS = 500;

/** @param delegated null where all members live here; its own budget stands in its configuration */
export function createMemberReader(
  projection: MemberProjection,
  delegated: DelegatedDirectory | null,
): MemberReader {
  return async (merchantUserKey, person, siteId) =>
    delegated?.covers(siteId)
      ? await delegated.read(merchantUserKey, person)
      : await withinBudget(projection.read(person), PROJECTION_BUDGET_MS);
}
