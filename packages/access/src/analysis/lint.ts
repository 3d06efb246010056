import { AccessError } from '../access-error.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { compile } from '../compile/index.ts';
import type { Member, Release } from '../model.ts';
import { lintAreas } from './lint-areas.ts';
import { lintExits } from './lint-exits.ts';
import { lintMembers } from './lint-members.ts';
import { lintMessages } from './lint-messages.ts';
import { lintRules } from './lint-rules.ts';
import { lintSchedules } from './lint-schedules.ts';
import { lintZones } from './lint-zones.ts';
import { zonesAround } from './zone-overlaps.ts';

/** Stable names of what lint finds. */
export type FindingCode =
  | 'invalid'
  | 'dead_rule'
  | 'late_rule'
  | 'redundant_rule'
  | 'shadowed_rule'
  | 'empty_schedule'
  | 'lapsed_schedule'
  | 'unused_schedule'
  | 'calendar_ends'
  | 'calendar_old'
  | 'unused_calendar'
  | 'unreachable_zone'
  | 'hidden_zone'
  | 'ambiguous_zones'
  | 'exit_may_stay_shut'
  | 'doors_without_direction'
  | 'message_never_shown'
  | 'telling_message'
  | 'unused_group'
  | 'empty_group'
  | 'unused_area'
  | 'area_without_exit'
  | 'first_person_cannot_come'
  | 'member_without_access'
  | 'unknown_group';

export interface Finding {
  readonly code: FindingCode;
  /** An error cannot be published; a warning is probably a mistake; a note is worth knowing. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

export interface LintOptions {
  /** The members there are: finds groups nobody is in, and members without access. */
  readonly members?: Iterable<Member>;
}

/**
 * Looks for what is allowed and probably not meant: rules that never decide anything, schedules that never open,
 * calendars that end, doors nobody gets through. An invalid release gives its issues as findings.
 *
 * @param instantMs now: what is past counts as dead, what ends within 60 days as ending
 */
export function lint(release: Release, instantMs: number, options: LintOptions = {}): readonly Finding[] {
  let compiled: CompiledRelease;
  try {
    compiled = compile(release);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return error.issues.map((issue) => ({ ...issue, code: 'invalid', severity: 'error' }));
  }
  const around = zonesAround(compiled);
  const members = options.members === undefined ? null : [...options.members];
  return [
    ...lintRules(compiled, instantMs),
    ...lintSchedules(compiled, instantMs),
    ...lintZones(compiled, around),
    ...lintExits(compiled, around),
    ...lintAreas(compiled, around),
    ...lintMessages(compiled),
    ...lintMembers(compiled, instantMs, members),
  ];
}
