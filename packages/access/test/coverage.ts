import { expect } from 'vitest';
import type { Release, Verdict } from '../src/index.ts';
import type { Asked } from './arbitrary-release.ts';
import { enough } from './fuzz-share.ts';

/** Outcomes and constructs a differential test claims to have met. */
const CLAIMED = [
  'no_zone',
  'unknown_member',
  'member_suspended',
  'not_yet_valid',
  'expired',
  'forbidden',
  'no_grant',
  'grant_not_in_force',
  'closed_now',
  'permitted',
  'permit beside a forbid that does not apply',
  'somebody let out who would not be let in',
  'decided by several rules',
  'by a rule for everyone',
  'by a rule for groups',
  'by a rule for members',
  'by a rule with tags',
  'by a rule with exceptions',
  'by a rule for all zones',
  'by a rule with a schedule',
  'by a schedule with holidays',
  'by a schedule with overrides',
  'by a schedule with a time zone of its own',
  'by a rule with a time zone of its own',
  'by a rule valid from a date',
  'by a rule valid from an instant',
  'by a rule valid until a date',
  'by a rule valid until an instant',
  'through a parent group',
  'several zones at once',
  'a value written in two ways',
  'two sites',
] as const;

type Claim = (typeof CLAIMED)[number];

/** Each claim is met at least this often, or the test says nothing about it. */
const ENOUGH = 50;

/** Counts what a random test has really met. */
export function coverage() {
  const counts = new Map<string, number>();
  let questions = 0;
  const count = (claim: Claim, when: boolean): void => {
    if (when) counts.set(claim, (counts.get(claim) ?? 0) + 1);
  };
  return {
    get questions() {
      return questions;
    },
    note(release: Release, { question, member, atMs }: Asked, verdict: Verdict): void {
      questions += 1;
      counts.set(verdict.reason, (counts.get(verdict.reason) ?? 0) + 1);
      const decides = verdict.reason === 'permitted' || verdict.reason === 'forbidden';
      const rules = release.rules.filter(({ id }) => decides && verdict.ruleIds.includes(id));
      const schedules = release.schedules.filter(({ id }) => rules.some(({ schedule }) => schedule === id));
      count('decided by several rules', rules.length > 1);
      count(
        'by a rule for everyone',
        rules.some(({ who }) => who.everyone === true),
      );
      count(
        'by a rule for groups',
        rules.some(({ who }) => who.groups !== undefined),
      );
      count(
        'by a rule for members',
        rules.some(({ who }) => who.members !== undefined),
      );
      count(
        'by a rule with tags',
        rules.some(({ who }) => who.tags !== undefined),
      );
      count(
        'by a rule with exceptions',
        rules.some(({ who }) => who.except !== undefined),
      );
      count(
        'by a rule for all zones',
        rules.some(({ zones }) => zones.includes('*')),
      );
      count('by a rule with a schedule', schedules.length > 0);
      count(
        'by a schedule with holidays',
        schedules.some(({ holidays }) => holidays.length > 0),
      );
      count(
        'by a schedule with overrides',
        schedules.some(({ overrides }) => overrides.length > 0),
      );
      count(
        'by a schedule with a time zone of its own',
        schedules.some(({ timeZone }) => timeZone !== undefined),
      );
      count(
        'by a rule with a time zone of its own',
        rules.some(({ timeZone }) => timeZone !== undefined),
      );
      count(
        'by a rule valid from a date',
        rules.some(({ validFrom }) => validFrom?.length === 10),
      );
      count(
        'by a rule valid from an instant',
        rules.some(({ validFrom }) => (validFrom?.length ?? 0) > 10),
      );
      count(
        'by a rule valid until a date',
        rules.some(({ validUntil }) => validUntil?.length === 10),
      );
      count(
        'by a rule valid until an instant',
        rules.some(({ validUntil }) => (validUntil?.length ?? 0) > 10),
      );
      count(
        'somebody let out who would not be let in',
        verdict.effect === 'permit' &&
          (member === null ||
            member.status !== 'active' ||
            atMs < Date.parse(member.validFrom ?? '2000-01-01') ||
            atMs >= Date.parse(member.validUntil ?? '2100-01-01')),
      );
      count('several zones at once', verdict.zoneIds.length > 1);
      count('two sites', release.sites.length > 1);
      count(
        'permit beside a forbid that does not apply',
        verdict.effect === 'permit' && release.rules.some(({ effect }) => effect === 'forbid'),
      );
      count(
        'through a parent group',
        rules.length === 1 &&
          member !== null &&
          (rules[0]?.who.groups ?? []).every((group) => !member.groups.includes(group)) &&
          rules[0]?.who.members === undefined &&
          rules[0]?.who.groups !== undefined,
      );
      const { floor } = question.params;
      count(
        'a value written in two ways',
        decides && (typeof floor === 'number' || floor !== String(floor).normalize('NFC')),
      );
    },
    expectEverything(): void {
      const rare = CLAIMED.filter((claim) => (counts.get(claim) ?? 0) < enough(ENOUGH));
      expect(rare.map((claim) => `${claim}: ${counts.get(claim) ?? 0}`)).toEqual([]);
    },
  };
}
