import { lint } from '../src/analysis/index.ts';
import type { Member, ReleaseInput } from '../src/index.ts';
import { release, seoul } from './venue.ts';

/** When the venue is looked at. */
export const now = seoul('2026-11-22 12:00');

/** What lint finds in a changed venue, as codes with their paths. */
export function findings(changes: Partial<ReleaseInput>, members?: Member[]): string[] {
  return lint(release(changes), now, members === undefined ? {} : { members }).map(
    ({ code, path }) => `${code} ${path.join('.')}`,
  );
}

export type RuleInput = NonNullable<ReleaseInput['rules']>[number];

export const permit: RuleInput = {
  id: 'a',
  effect: 'permit',
  who: { groups: ['members'] },
  zones: ['gym'],
};
export const forbid: RuleInput = { ...permit, id: 'f', effect: 'forbid' };
