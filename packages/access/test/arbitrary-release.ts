import fc from 'fast-check';
import type { Member, Question, ReleaseInput } from '../src/index.ts';
import { calendars, instantMs, scheduleOver, TIME_ZONES } from './arbitrary-schedule.ts';

type Section<Key extends 'zones' | 'rules'> = NonNullable<ReleaseInput[Key]>[number];
type RuleInput = Section<'rules'>;
type ZoneInput = Section<'zones'>;

const GROUPS: readonly string[] = ['g-0', 'g-1', 'g-2', 'g-3', 'g-4'];
const MEMBERS: readonly string[] = ['m-0', 'm-1', 'm-2'];
const SCHEDULES = ['day', 'night', 'week'] as const;
const HANGUL = '로비';

/** Values as devices and people write them: numbers and texts, composed and decomposed. */
const floor = fc.constantFrom<(string | number)[]>(1, '1', 2, '2', 3, HANGUL, HANGUL.normalize('NFD'));
const gate = fc.constantFrom('A', 'B', 'C');
const floors = fc.array(floor, { minLength: 1, maxLength: 3 });
const gates = fc.array(gate, { minLength: 1, maxLength: 2 });
const level = fc.constantFrom<(string | number | boolean)[]>('gold', 'silver', 7, '7', true, 'true');

const timeZone = fc.constantFrom(...TIME_ZONES);

/** A parent is always a later group, so that there are no cycles. */
const groups = fc
  .tuple(...GROUPS.map((_, position) => fc.subarray([...GROUPS.slice(position + 1)])))
  .map((parents) => GROUPS.map((id, position) => ({ id, parents: parents[position] ?? [] })));

const validityEdge = fc.oneof(
  instantMs.map((ms) => new Date(ms).toISOString().replace('.000Z', 'Z')),
  instantMs.map((ms) => new Date(ms).toISOString().slice(0, 10)),
);

/** Present once in `times`. */
function oneIn<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return times === 2
    ? fc.option(arbitrary, { nil: undefined, freq: 1 })
    : fc.oneof({ weight: 1, arbitrary }, { weight: times - 1, arbitrary: fc.constant(undefined) });
}

const subject: fc.Arbitrary<RuleInput['who']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ everyone: true as const }) },
  {
    weight: 4,
    arbitrary: fc.subarray([...GROUPS], { minLength: 1, maxLength: 2 }).map((list) => ({ groups: list })),
  },
  {
    weight: 2,
    arbitrary: fc.subarray([...MEMBERS], { minLength: 1, maxLength: 2 }).map((list) => ({ members: list })),
  },
  { weight: 1, arbitrary: fc.constant<RuleInput['who']>({ groups: ['g-0'], members: ['m-0'] }) },
);

const who: fc.Arbitrary<RuleInput['who']> = fc
  .record({
    subject,
    tags: oneIn(
      5,
      fc.dictionary(fc.constantFrom('level', 'team'), fc.array(level, { minLength: 1, maxLength: 2 }), {
        minKeys: 1,
        maxKeys: 2,
      }),
    ),
    except: oneIn(
      5,
      fc.record({
        groups: fc.subarray([...GROUPS], { maxLength: 1 }),
        members: fc.subarray([...MEMBERS], { maxLength: 1 }),
      }),
    ),
  })
  .map(({ subject: named, tags, except }) => ({ ...named, tags, except }));

function ruleOver(zones: readonly string[]): fc.Arbitrary<Omit<RuleInput, 'id'>> {
  return fc.record({
    effect: fc.oneof(
      { weight: 3, arbitrary: fc.constant('permit' as const) },
      { weight: 1, arbitrary: fc.constant('forbid' as const) },
    ),
    who,
    zones: fc.oneof(
      { weight: 4, arbitrary: fc.subarray([...zones], { minLength: 1 }) },
      { weight: 1, arbitrary: fc.constant<string[]>(['*']) },
    ),
    schedule: oneIn(3, fc.constantFrom(...SCHEDULES)),
    timeZone: oneIn(4, timeZone),
    validFrom: oneIn(6, validityEdge),
    validUntil: oneIn(6, validityEdge),
  });
}

const zone = fc.record({
  match: fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: fc.record({ floor: fc.oneof(floor, floors) }) },
    { weight: 2, arbitrary: fc.record({ floor: floors, gate: fc.oneof(gate, gates) }) },
  ),
  direction: fc.option(fc.constantFrom('in' as const, 'out' as const), { nil: undefined }),
});

/** Releases in which every construct of the stateless part occurs. */
export const releaseInput: fc.Arbitrary<ReleaseInput> = fc
  .record({
    siteZones: fc.uniqueArray(timeZone, { minLength: 1, maxLength: 2 }),
    groups,
    zones: fc.array(zone, { minLength: 1, maxLength: 5 }),
    calendars,
  })
  .chain(({ siteZones, groups: groupList, zones, calendars: calendarList }) => {
    const sites = siteZones.map((each, position) => ({ id: `site-${position}`, timeZone: each }));
    const zoneList: ZoneInput[] = zones.map((each, position) => ({
      ...each,
      id: `zone-${position}`,
      site: `site-${position % sites.length}`,
    }));
    const ids = zoneList.map(({ id }) => id);
    return fc
      .record({
        schedules: fc.tuple(
          ...SCHEDULES.map((id) =>
            fc
              .tuple(scheduleOver(calendarList), fc.option(timeZone, { nil: undefined }))
              .map(([schedule, own]) => ({ ...schedule, id, timeZone: own })),
          ),
        ),
        rules: fc.array(ruleOver(ids), { minLength: 1, maxLength: 10 }),
      })
      .map(({ schedules, rules }) => ({
        sites,
        groups: groupList,
        zones: zoneList,
        calendars: calendarList.map((calendar) => ({ ...calendar })),
        schedules,
        rules: rules.map((rule, position) => ({ ...rule, id: `rule-${position}` })),
      }));
  });

const anyMember: fc.Arbitrary<Member> = fc.record({
  merchantUserKey: fc.constantFrom(...MEMBERS),
  status: fc.oneof(
    { weight: 15, arbitrary: fc.constant('active' as const) },
    { weight: 1, arbitrary: fc.constant('suspended' as const) },
  ),
  groups: fc.oneof(
    { weight: 8, arbitrary: fc.subarray([...GROUPS], { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant<string[]>(['not-in-this-release']) },
  ),
  validFrom: oneIn(
    8,
    instantMs.map((ms) => new Date(ms).toISOString()),
  ),
  validUntil: oneIn(
    8,
    instantMs.map((ms) => new Date(ms).toISOString()),
  ),
  tags: fc.dictionary(fc.constantFrom('level', 'team'), level.map(String), { maxKeys: 2 }),
  version: fc.constant(1),
});

export interface Asked {
  readonly member: Member | null;
  readonly question: Question;
  readonly atMs: number;
}

/** A question at one of the release's sites. */
export function asking(release: ReleaseInput): fc.Arbitrary<Asked> {
  return fc
    .record({
      someone: fc.option(anyMember, { nil: null, freq: 30 }),
      siteId: fc.constantFrom(...release.sites.map(({ id }) => id)),
      params: fc.record({ floor, gate, noise: fc.constant({ a: [1] }) }, { requiredKeys: ['floor'] }),
      atMs: instantMs,
    })
    .map(({ someone, siteId, params, atMs }) => ({
      member: someone,
      question: { merchantUserKey: someone?.merchantUserKey ?? 'nobody', params, siteId },
      atMs,
    }));
}
