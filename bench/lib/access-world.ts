import {
  type CompiledRelease,
  compile,
  type Member,
  type Question,
  type ReleaseInput,
} from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';

type RuleInput = NonNullable<ReleaseInput['rules']>[number];
type ScheduleInput = NonNullable<ReleaseInput['schedules']>[number];

/** Rules that concern the member at the door asked about, however many there are in all. */
export const CONCERNED = 50;
const GROUPS_OF_MEMBER = 5;

/** Clocks that are set forward and back in both hemispheres, by an hour and by half of one, and one that is not. */
const TIME_ZONES = [
  'America/New_York',
  'Europe/Berlin',
  'Asia/Seoul',
  'Australia/Lord_Howe',
  'America/Santiago',
] as const;

export const member: Member = {
  merchantUserKey: 'm-1',
  status: 'active',
  groups: Array.from({ length: GROUPS_OF_MEMBER }, (_, position) => `group-${position}`),
  validFrom: '2026-01-01T00:00:00+09:00',
  validUntil: '2027-01-01T00:00:00+09:00',
  tags: { level: 'gold', team: 'a' },
  version: 1,
};

export const door: Question = { merchantUserKey: member.merchantUserKey, params: { floor: '1', gate: 'A' } };

/** Within all schedules, and outside of all of them: for half an hour both. */
export const openMs = Date.parse('2026-12-04T17:10:00Z');
export const closedMs = Date.parse('2026-12-04T22:10:00Z');
export const SPAN_MS = 30 * 60_000;

const MINUTES_PER_DAY = 1440;
const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Minutes since midnight on a wall clock at {@link openMs}. */
const wallMinutes = new Map(
  TIME_ZONES.map((timeZone) => {
    const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, timeStyle: 'short' }).format(openMs);
    const [hours = 0, minutes = 0] = clock.split(':').map(Number);
    return [timeZone, hours * 60 + minutes];
  }),
);

function timeZoneOf(position: number): (typeof TIME_ZONES)[number] {
  return TIME_ZONES[position % TIME_ZONES.length] ?? TIME_ZONES[0];
}

function clockTime(minute: number): string {
  const within = ((minute % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`;
}

/** Another schedule for every position: open around {@link openMs}, for a night hour too, closed on a holiday. */
function schedule(position: number): ScheduleInput {
  const noon = wallMinutes.get(timeZoneOf(position)) ?? 0;
  const wider = position % CONCERNED;
  return {
    id: `schedule-${position}`,
    timeZone: timeZoneOf(position),
    weekly: [
      { days: [...EVERY_DAY], from: clockTime(noon - 60 - wider), to: clockTime(noon + 60 + wider) },
      { days: ['tue', 'sat'], from: clockTime(noon + 600 + wider), to: clockTime(noon + 660) },
    ],
    holidays: [{ calendar: 'holidays' }],
    overrides: [{ date: '2026-12-31', windows: [{ from: '10:00', to: '12:00' }] }],
  };
}

/** Whom a rule is about: the five kinds in turn, all of which the member is. */
function who(position: number): RuleInput['who'] {
  const groups = [`group-${position % GROUPS_OF_MEMBER}`];
  switch (position % 7) {
    case 0:
      return { members: [member.merchantUserKey, `m-${position + 2}`] };
    case 1:
      return { groups, tags: { level: ['gold', `silver-${position}`] } };
    case 2:
      return { everyone: true, tags: { team: ['a', `b-${position}`], level: 'gold' } };
    case 3:
      return { everyone: true, except: { groups: ['group-40'], members: [`n-${position}`] } };
    default:
      return { groups };
  }
}

const base = {
  sites: [{ id: 'site', timeZone: TIME_ZONES[0] }],
  groups: Array.from({ length: 50 }, (_, position) => ({ id: `group-${position}` })),
  calendars: [{ id: 'holidays', dates: [{ date: '2026-12-25' }, { date: '2027-01-01' }] }],
} satisfies Partial<ReleaseInput>;

function rule(position: number, zone: string): RuleInput {
  return {
    id: `rule-${String(position).padStart(6, '0')}`,
    effect: 'permit',
    who: who(position),
    zones: [zone],
    schedule: `schedule-${position}`,
  };
}

/** The usual case: a venue of many doors, each with fifty rules of its own, no two of which are open alike. */
export function manyDoors(ruleCount: number): CompiledRelease {
  const positions = Array.from({ length: ruleCount }, (_, position) => position);
  return compile(
    parseRelease({
      ...base,
      zones: Array.from({ length: Math.max(2, ruleCount / CONCERNED) }, (_, position) => ({
        id: `zone-${position}`,
        match: { floor: position, gate: 'A' },
      })),
      schedules: positions.map(schedule),
      rules: positions.map((position) => rule(position, `zone-${Math.floor(position / CONCERNED)}`)),
    }),
  );
}

/** The worst case: every rule is about this door and the member, so each has to be looked at. */
export function oneDoor(ruleCount: number): CompiledRelease {
  const positions = Array.from({ length: ruleCount }, (_, position) => position);
  return compile(
    parseRelease({
      ...base,
      zones: [{ id: 'zone', match: { floor: 1, gate: 'A' } }],
      schedules: positions.map(schedule),
      rules: positions.map((position) => rule(position, 'zone')),
    }),
  );
}
