import fc from 'fast-check';
import { MINUTE_MS } from '../src/civil-time.ts';
import type { Calendar, Schedule } from '../src/index.ts';

/**
 * Zones whose clocks jump by an hour, half an hour and two hours, over midnight, in both hemispheres, twice a month,
 * and never.
 */
export const TIME_ZONES = [
  'Asia/Seoul',
  'UTC',
  'Asia/Kathmandu',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Pacific/Chatham',
  'America/Santiago',
  'Asia/Beirut',
  'America/Sao_Paulo',
] as const;

/** Days around which clocks jump somewhere in 2026, or jumped over midnight in São Paulo, and some ordinary ones. */
const LANDMARKS = [
  '2018-02-18',
  '2018-11-04',
  '2026-01-01',
  '2026-02-15',
  '2026-03-08',
  '2026-03-22',
  '2026-03-29',
  '2026-04-05',
  '2026-04-24',
  '2026-09-06',
  '2026-09-27',
  '2026-10-04',
  '2026-10-25',
  '2026-10-30',
  '2026-11-01',
  '2026-12-25',
].map((date) => Date.parse(`${date}T00:00:00Z`));

/** An instant within two days of a landmark, on a whole minute. */
export const instantMs = fc
  .tuple(fc.constantFrom(...LANDMARKS), fc.integer({ min: -2 * 1440, max: 2 * 1440 }))
  .map(([landmark, minutes]) => landmark + minutes * MINUTE_MS);

const date = fc
  .tuple(fc.constantFrom(...LANDMARKS), fc.integer({ min: -2, max: 2 }))
  .map(([landmark, days]) => new Date(landmark + days * 86_400_000).toISOString().slice(0, 10));

// Most edges lie in the hours in which clocks jump.
const time = fc
  .oneof(
    fc.integer({ min: 0, max: 4 * 60 }),
    fc.integer({ min: 21 * 60, max: 1439 }),
    fc.integer({ min: 0, max: 1439 }),
  )
  .map(
    (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
  );

const window = fc
  .record({ from: time, to: fc.oneof({ weight: 6, arbitrary: time }, fc.constant('24:00')) })
  .filter(({ from, to }) => from !== to);

const windows = fc.array(window, { maxLength: 2 });

const weekday = fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun' as const);

/** Overrides of one to three days; of two that meet the later one is left out. */
function apart(
  list: readonly [first: string, more: number, windows: Schedule['overrides'][number]['windows']][],
) {
  const taken = new Set<string>();
  return list.flatMap(([first, more, open]): Schedule['overrides'] => {
    const days = Array.from({ length: more + 1 }, (_, count) => dateAfter(first, count));
    if (days.some((day) => taken.has(day))) return [];
    for (const day of days) taken.add(day);
    return [{ date: first, ...(more > 0 && { lastDate: dateAfter(first, more) }), windows: open }];
  });
}

function dateAfter(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export const calendars: fc.Arbitrary<readonly Calendar[]> = fc
  .array(fc.record({ dates: fc.array(date, { maxLength: 6 }), except: fc.array(date, { maxLength: 2 }) }), {
    maxLength: 3,
  })
  .map((list) =>
    list.map(({ dates, except }, position) => ({
      id: `calendar-${position}`,
      dates: [...new Set(dates)].map((each) => ({ date: each })),
      except,
    })),
  );

/** A schedule over these calendars; no two overrides speak of the same date. */
export function scheduleOver(known: readonly Calendar[]): fc.Arbitrary<Schedule> {
  const holidays: fc.Arbitrary<Schedule['holidays']> =
    known.length === 0
      ? fc.constant([])
      : fc.array(fc.record({ calendar: fc.constantFrom(...known.map(({ id }) => id)), windows }), {
          maxLength: 3,
        });
  const overrides = fc.array(fc.tuple(date, fc.nat(2), windows), { maxLength: 3 }).map(apart);
  return fc.record({
    id: fc.constant('schedule'),
    weekly: fc.array(
      fc
        .tuple(fc.uniqueArray(weekday, { minLength: 1, maxLength: 5 }), window)
        .map(([days, { from, to }]) => ({ days, from, to })),
      { maxLength: 4 },
    ),
    holidays,
    overrides,
  });
}
