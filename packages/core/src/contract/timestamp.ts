import { instantOf, wallClockOf } from './time-zone.ts';

/** FacePass writes wall-clock times without an offset; they are read as Korean time unless told otherwise. */
export const DEFAULT_TIME_ZONE = 'Asia/Seoul';

/** A time as FacePass wrote it, and the instant it was read as (milliseconds since 1970, UTC). */
export interface VendorTimestamp {
  readonly raw: string;
  readonly epochMs: number;
}

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** Whether a text is a vendor timestamp, whatever the zone. */
export function isVendorTimestamp(raw: string): boolean {
  return readWallClock(raw) !== undefined;
}

/**
 * Reads a vendor timestamp: `T` or a blank between date and time, seconds and fraction optional, offset
 * optional. Without an offset it is a wall clock in `timeZone` (IANA; default Asia/Seoul).
 * Returns `undefined` for anything else, an impossible date included.
 */
export function readVendorTimestamp(
  raw: string,
  options: { timeZone?: string } = {},
): VendorTimestamp | undefined {
  const clock = readWallClock(raw);
  if (clock === undefined) return undefined;
  const { wallMs, offset } = clock;
  const epochMs =
    offset === undefined
      ? instantOf(wallMs, options.timeZone ?? DEFAULT_TIME_ZONE)
      : wallMs - offsetMs(offset);
  return { raw, epochMs };
}

interface WallClock {
  readonly wallMs: number;
  readonly offset: string | undefined;
}

/** The text read last: a row's time is checked first and read next, and rows come by the hundred thousand. */
let latest: { readonly raw: string; readonly clock: WallClock | undefined } = { raw: '', clock: undefined };

function readWallClock(raw: string): WallClock | undefined {
  if (raw !== latest.raw) latest = { raw, clock: parseWallClock(raw) };
  return latest.clock;
}

function parseWallClock(raw: string): WallClock | undefined {
  const match = pattern.exec(raw.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', offset] = match;
  const milliseconds = fraction === '' ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  const wallMs = Date.UTC(
    Number(year) + CENTURIES_AHEAD,
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    milliseconds,
  );
  const exists =
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    isDate(Number(year), Number(month), Number(day));
  return exists ? { wallMs: wallMs - CENTURIES_AHEAD_MS, offset } : undefined;
}

/** `Date.UTC` takes the years 0 to 99 for those of the last century: 400 years later the calendar is the same. */
const CENTURIES_AHEAD = 400;
const CENTURIES_AHEAD_MS = Date.UTC(2000, 0) - Date.UTC(1600, 0);

const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(year: number, month: number, day: number): boolean {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeapYear ? 29 : daysOfMonths[month - 1];
  return days !== undefined && day >= 1 && day <= days;
}

function offsetMs(offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0;
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/**
 * Like {@link readVendorTimestamp}, for text that must be a timestamp.
 *
 * @throws RangeError when it is not; the message does not repeat the text.
 * @example
 * parseVendorTimestamp('2024-01-01 09:00:00').epochMs; // 1704067200000
 */
export function parseVendorTimestamp(raw: string, options: { timeZone?: string } = {}): VendorTimestamp {
  const timestamp = readVendorTimestamp(raw, options);
  if (timestamp === undefined) {
    throw new RangeError('Not a vendor timestamp: expected yyyy-MM-ddTHH:mm:ss, with T or a blank.');
  }
  return timestamp;
}

/**
 * Writes an instant as FacePass does: wall clock in `timeZone` (default Asia/Seoul), whole seconds (the rest
 * is cut off), no offset, `T` (default) or a blank between date and time.
 *
 * @throws RangeError for an instant or a time zone that does not exist.
 * @example
 * formatVendorTimestamp(1704067200000); // '2024-01-01T09:00:00'
 */
export function formatVendorTimestamp(
  epochMs: number,
  options: { timeZone?: string; separator?: 'T' | ' ' } = {},
): string {
  const wall = new Date(wallClockOf(epochMs, options.timeZone ?? DEFAULT_TIME_ZONE));
  const [date, time] = wall.toISOString().slice(0, 19).split('T');
  return `${date}${options.separator ?? 'T'}${time}`;
}
