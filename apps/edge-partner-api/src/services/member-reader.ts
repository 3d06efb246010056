import type { PersonReference } from '@facepass-kit/protocol';
import type { MemberVersion } from '../store/member-directory.ts';
import { type MemberProjection, PROJECTION_BUDGET_MS, readProjected } from '../store/member-projection.ts';
import { type WithinBudget, withinBudget } from './budget.ts';
import type { DelegatedDirectory } from './delegated/delegated-directory.ts';

/** Reads a member for a question at a door: from where the site's members live, within its budget. */
export interface MemberReader {
  read(
    merchantUserKey: string,
    person: PersonReference,
    siteId: string | null,
    within?: WithinBudget,
  ): Promise<MemberVersion | null>;
  /** Whether the members of a site live in the partner's own system: nothing known here is about them. */
  livesElsewhere(siteId: string | null): boolean;
}

/** @param delegated null where all members live here; its own budget stands in its configuration */
export function createMemberReader(
  projection: MemberProjection,
  delegated: DelegatedDirectory | null,
): MemberReader {
  return {
    livesElsewhere: (siteId) => delegated?.covers(siteId) ?? false,
    read: (merchantUserKey, person, siteId, within = withinBudget) =>
      delegated?.covers(siteId)
        ? delegated.read(merchantUserKey, person.hmac)
        : within(
            readProjected(
              projection,
              person.former === undefined ? [person.hmac] : [person.hmac, person.former],
            ),
            PROJECTION_BUDGET_MS,
          ),
  };
}
