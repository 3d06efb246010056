import { DAY_MS } from './civil-time.ts';

/** The offsets of one IANA time zone, looked up without `Intl`, which costs microseconds a call. */
export interface TimeZone {
  readonly id: string;
  /** Instants from which the offset of the same position holds; the first is {@link TABLE_START_MS}. */
  readonly fromMs: readonly number[];
  readonly offsetMs: readonly number[];
  /** The period asked about last: the next question is nearly always about the same one. */
  readonly last: OffsetPeriod;
}

// Rules are asked about the present, replayed over the last years and previewed over the next ones. Outside of
// this range Intl itself is asked: slower, and just as right.
const TABLE_START_MS = Date.UTC(2024, 0, 1);
const TABLE_END_MS = Date.UTC(2040, 0, 1);

// The shortest time between two changes of offset is about four weeks (Morocco, around Ramadan), so that a look
// every second week misses none.
const LOOK_EVERY_MS = 14 * DAY_MS;

// Building a table takes milliseconds and always gives the same one, so it is kept: nobody can tell, except by
// the clock.
const tables = new Map<string, TimeZone>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** The table of a time zone's offsets. @throws RangeError for a zone the runtime does not know */
export function timeZoneOf(id: string): TimeZone {
  const known = tables.get(id);
  if (known !== undefined) return known;
  const table = buildTable(id);
  tables.set(id, table);
  return table;
}

/** A time in which a zone's offset stays the same, from an instant until just before another. */
export interface OffsetPeriod {
  fromMs: number;
  untilMs: number;
  offsetMs: number;
}

/** How far local time is ahead of UTC at an instant, in milliseconds. */
export function offsetMsAt(zone: TimeZone, instantMs: number): number {
  return offsetPeriodAt(zone, instantMs).offsetMs;
}

/**
 * A period around an instant in which the offset is the same; it is kept in the zone and good until the next call.
 * Outside of the table it is no longer than a question.
 */
export function offsetPeriodAt(zone: TimeZone, instantMs: number): Readonly<OffsetPeriod> {
  const { last } = zone;
  if (!(instantMs >= last.fromMs && instantMs < last.untilMs)) workOutPeriod(zone, instantMs, last);
  return last;
}

function workOutPeriod(zone: TimeZone, instantMs: number, period: OffsetPeriod): void {
  if (!(instantMs >= TABLE_START_MS && instantMs < TABLE_END_MS)) {
    period.offsetMs = isDate(instantMs) ? offsetByIntl(zone.id, instantMs) : Number.NaN;
    // Holds no instant, so that the next question is asked anew.
    period.fromMs = instantMs;
    period.untilMs = instantMs;
    return;
  }
  const { fromMs, offsetMs } = zone;
  let low = 0;
  let high = fromMs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((fromMs[middle] ?? 0) <= instantMs) low = middle;
    else high = middle - 1;
  }
  period.fromMs = fromMs[low] ?? TABLE_START_MS;
  period.untilMs = fromMs[low + 1] ?? TABLE_END_MS;
  period.offsetMs = offsetMs[low] ?? 0;
}

/** Local wall-clock time as if it were UTC: the number to split into days and minutes. */
export function localMsAt(zone: TimeZone, instantMs: number): number {
  return instantMs + offsetMsAt(zone, instantMs);
}

/**
 * The instant at which a wall clock shows a local time. A time shown twice means the first time; a time that is
 * skipped means the instant of the jump.
 */
export function instantOfLocal(zone: TimeZone, localMs: number): number {
  const before = offsetMsAt(zone, localMs - DAY_MS);
  const after = offsetMsAt(zone, localMs + DAY_MS);
  for (const offset of before >= after ? [before, after] : [after, before]) {
    const instantMs = localMs - offset;
    if (offsetMsAt(zone, instantMs) === offset) return instantMs;
  }
  return jumpBetween(zone, localMs - Math.max(before, after), localMs - Math.min(before, after));
}

/**
 * The next instant at which the offset changes: any within the table, and outside of it one within the next two
 * days, which is as far as the windows of a day reach. Null where there is none.
 */
export function nextOffsetChangeMs(zone: TimeZone, afterMs: number): number | null {
  const soonMs = afterMs + 2 * DAY_MS;
  const isTabled = afterMs >= TABLE_START_MS && soonMs < TABLE_END_MS;
  if (!isTabled && isDate(soonMs) && offsetMsAt(zone, afterMs) !== offsetMsAt(zone, soonMs)) {
    return jumpBetween(zone, afterMs, soonMs);
  }
  return zone.fromMs.find((fromMs) => fromMs > afterMs && fromMs !== TABLE_START_MS) ?? null;
}

/** First instant in (low, high] at which the offset differs from the one at low. */
function jumpBetween(zone: TimeZone, lowMs: number, highMs: number): number {
  const offset = offsetMsAt(zone, lowMs);
  let low = lowMs;
  let high = highMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMsAt(zone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

function buildTable(id: string): TimeZone {
  const fromMs = [TABLE_START_MS];
  const offsetMs = [offsetByIntl(id, TABLE_START_MS)];
  for (let lookMs = TABLE_START_MS; lookMs < TABLE_END_MS; lookMs += LOOK_EVERY_MS) {
    const nextMs = Math.min(lookMs + LOOK_EVERY_MS, TABLE_END_MS - 1);
    const next = offsetByIntl(id, nextMs);
    if (next === offsetMs.at(-1)) continue;
    let low = lookMs;
    let high = nextMs;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetByIntl(id, middle) === next) high = middle;
      else low = middle;
    }
    fromMs.push(high);
    offsetMs.push(next);
  }
  // A period that contains no instant, until the first question.
  return { id, fromMs, offsetMs, last: { fromMs: 0, untilMs: 0, offsetMs: 0 } };
}

function offsetByIntl(id: string, instantMs: number): number {
  const wholeSecond = Math.floor(instantMs / 1000) * 1000;
  const fields: Record<string, number> = {};
  for (const part of formatOf(id).formatToParts(wholeSecond)) fields[part.type] = Number(part.value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSecond;
}

/** Whether an instant is one that a calendar has: no date is further from 1970 than this. */
function isDate(instantMs: number): boolean {
  return Math.abs(instantMs) <= 8.64e15;
}

function formatOf(id: string): Intl.DateTimeFormat {
  const known = formats.get(id);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: id,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(id, format);
  return format;
}
