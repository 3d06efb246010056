/** Schedules against a naive reading of the wall clock, minute by minute. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextApplicationMs } from '../src/analysis/next-application.ts';
import { MINUTE_MS } from '../src/civil-time.ts';
import type { CompiledRule } from '../src/compile/compiled.ts';
import { compileSchedule, indexHolidays } from '../src/compile/schedules.ts';
import { nextOpeningMs, nextScheduleEdgeMs } from '../src/explain/schedule-changes.ts';
import type { Schedule } from '../src/index.ts';
import { isOpenAt } from '../src/schedule.ts';
import { offsetMsAt, timeZoneOf } from '../src/time-zone.ts';
import { calendars, instantMs, scheduleOver, TIME_ZONES } from './arbitrary-schedule.ts';
import { enough, runs } from './fuzz-share.ts';
import { naiveIsOpen } from './naive-schedule.ts';

const scheduled = calendars.chain((known) =>
  fc.record({
    known: fc.constant(known),
    schedule: scheduleOver(known),
    timeZone: fc.constantFrom(...TIME_ZONES),
  }),
);

const DAY_MS = 86_400_000;
/** Where 00:00 does not exist on the day on which clocks are set forward. */
const JUMP_OVER_MIDNIGHT = new Set(['Asia/Beirut', 'America/Sao_Paulo', 'Africa/Cairo', 'America/Santiago']);

describe('schedules, against a naive reading of the wall clock', () => {
  it('agree at any instant, over holidays, overrides, midnights and changes of offset', () => {
    const met = {
      open: 0,
      closed: 0,
      acrossMidnight: 0,
      holiday: 0,
      severalCalendars: 0,
      override: 0,
      overrideOfDays: 0,
      jump: 0,
      halfHourJump: 0,
      jumpOverMidnight: 0,
      outsideOfTheTable: 0,
    };
    fc.assert(
      fc.property(scheduled, fc.array(instantMs, { minLength: 12, maxLength: 12 }), (world, instants) => {
        const { schedule, known, timeZone } = world;
        const compiled = compileSchedule(schedule, indexHolidays(known), timeZone);
        if (schedule.weekly.some(({ from, to }) => to <= from)) met.acrossMidnight += 1;
        if (schedule.holidays.some(({ windows }) => windows.length > 0)) met.holiday += 1;
        if (new Set(schedule.holidays.map(({ calendar }) => calendar)).size > 1) met.severalCalendars += 1;
        if (schedule.overrides.length > 0) met.override += 1;
        if (schedule.overrides.some(({ lastDate }) => lastDate !== undefined)) met.overrideOfDays += 1;
        for (const instant of instants) {
          const open = naiveIsOpen(schedule, known, timeZone, instant);
          expect(isOpenAt(compiled, instant), new Date(instant).toISOString()).toBe(open);
          met[open ? 'open' : 'closed'] += 1;
          const zone = timeZoneOf(timeZone);
          const jump = Math.abs(offsetMsAt(zone, instant - DAY_MS) - offsetMsAt(zone, instant + DAY_MS));
          if (jump > 0) met.jump += 1;
          if (jump === DAY_MS / 48) met.halfHourJump += 1;
          if (jump > 0 && JUMP_OVER_MIDNIGHT.has(timeZone)) met.jumpOverMidnight += 1;
          if (instant < Date.UTC(2024, 0, 1)) met.outsideOfTheTable += 1;
        }
      }),
      { numRuns: runs(8000) },
    );
    for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(enough(300));
  });

  it('find the next opening that walking minute by minute finds', () => {
    let found = 0;
    fc.assert(
      fc.property(scheduled, instantMs, ({ schedule, known, timeZone }, from) => {
        const compiled = compileSchedule(schedule, indexHolidays(known), timeZone);
        const horizon = from + 1.25 * DAY_MS;
        let walked: number | null = from;
        while (walked !== null && !naiveIsOpen(schedule, known, timeZone, walked)) {
          walked += MINUTE_MS;
          if (walked > horizon) walked = null;
        }
        const opening = nextOpeningMs(compiled, from);
        if (walked === null) expect(opening ?? Number.POSITIVE_INFINITY).toBeGreaterThan(horizon);
        else expect(opening).toBe(walked);
        if (walked !== null && walked > from) found += 1;
      }),
      { numRuns: runs(1000) },
    );
    expect(found).toBeGreaterThan(enough(100));
  });

  it('find the next opening of a rule however far ahead it lies, or that there is none', () => {
    const met = { soon: 0, inYears: 0, never: 0 };
    // From three years before the first landmark until after the last one.
    const allDays = 13 * 366;
    const earlier = fc
      .tuple(instantMs, fc.constantFrom(0, 2, 3))
      .map(([atMs, years]) => atMs - years * 365 * DAY_MS);
    fc.assert(
      fc.property(scheduled, fc.boolean(), earlier, earlier, (world, hasWeeks, fromMs, askedMs) => {
        const { schedule, known, timeZone } = world;
        const weekly = hasWeeks ? schedule.weekly : [];
        const compiled = compileSchedule({ ...schedule, weekly }, indexHolidays(known), timeZone);
        const rule: CompiledRule = {
          id: 'r',
          effect: 'permit',
          narrowing: null,
          schedule: compiled,
          fromMs,
          untilMs: Number.POSITIVE_INFINITY,
          metIn: 0,
        };
        const sinceMs = Math.max(fromMs, askedMs);
        const walked = nextOpeningMs(compiled, sinceMs, allDays);
        expect(nextApplicationMs(rule, askedMs)).toBe(walked);
        if (walked !== null) {
          expect(nextApplicationMs({ ...rule, untilMs: walked }, askedMs)).toBeNull();
          expect(nextApplicationMs({ ...rule, untilMs: walked + 1 }, askedMs)).toBe(walked);
        }
        met[walked === null ? 'never' : walked - sinceMs > 400 * DAY_MS ? 'inYears' : 'soon'] += 1;
      }),
      { numRuns: runs(400) },
    );
    for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(enough(5));
  });

  it('open at a jump of the clock over midnight years ago', () => {
    const schedule: Schedule = {
      id: 'schedule',
      weekly: [{ days: ['sun'], from: '00:00', to: '01:01' }],
      holidays: [],
      overrides: [],
    };
    const compiled = compileSchedule(schedule, indexHolidays([]), 'America/Sao_Paulo');
    const jumpMs = Date.parse('2018-11-04T03:00:00Z');
    expect(nextOpeningMs(compiled, Date.parse('2018-11-04T00:00:00Z'))).toBe(jumpMs);
    expect(nextScheduleEdgeMs(compiled, jumpMs - 1)).toBe(jumpMs);
  });

  it('change at no instant that is not an edge', () => {
    fc.assert(
      fc.property(scheduled, instantMs, ({ schedule, known, timeZone }, from) => {
        const compiled = compileSchedule(schedule, indexHolidays(known), timeZone);
        const edge = nextScheduleEdgeMs(compiled, from);
        const before = isOpenAt(compiled, from);
        for (let at = from; at < Math.min(edge, from + DAY_MS); at += MINUTE_MS) {
          expect(isOpenAt(compiled, at)).toBe(before);
        }
        expect(edge).toBeGreaterThan(from);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('time zones', () => {
  it('have the offsets Intl gives, inside and outside of the table', () => {
    const any = fc.integer({ min: Date.UTC(2005, 0, 1) / 1000, max: Date.UTC(2050, 0, 1) / 1000 });
    fc.assert(
      fc.property(fc.constantFrom(...TIME_ZONES), any, (timeZone, seconds) => {
        const instant = seconds * 1000;
        const text = new Date(instant).toLocaleString('sv-SE', { timeZone });
        expect(offsetMsAt(timeZoneOf(timeZone), instant)).toBe(
          Date.parse(`${text.replace(' ', 'T')}Z`) - instant,
        );
      }),
      { numRuns: runs(5000) },
    );
  });
});
