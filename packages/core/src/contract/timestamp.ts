import { instantOf, wallClockOf } from './time-zone.ts';

/** FacePass writes wall-clock times without an offset; they are read as Korean time unless told otherwise. */
export const DEFAULT_TIME_ZONE = 'Asia/Seoul';

/** A time as FacePass wrote it, and the instant it was read as (milliseconds since 1970, UTC). */
export interface VendorTimestamp {
  readonly raw: string;
  readonly epochMs: number;
}

const pattern =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

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

const usualPattern = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}$/;

function parseWallClock(raw: string): WallClock | undefined {
  return usualPattern.test(raw) ? usualWallClock(raw) : anyWallClock(raw);
}

/** `yyyy-MM-ddTHH:mm:ss`, which nearly every time is: read where its digits stand, without a list of matches. */
function usualWallClock(raw: string): WallClock | undefined {
  const dayMs = startOfDay(raw.slice(0, 10));
  const [hours, minutes, seconds] = [twoDigits(raw, 11), twoDigits(raw, 14), twoDigits(raw, 17)];
  if (dayMs === undefined || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return { wallMs: dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1_000, offset: undefined };
}

const ZERO = 48;

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

function anyWallClock(raw: string): WallClock | undefined {
  const match = pattern.exec(raw.trim());
  if (match === null) return undefined;
  const [, date = '', hour, minute, second = '0', fraction = '', offset] = match;
  const dayMs = startOfDay(date);
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  if (dayMs === undefined || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const milliseconds = fraction === '' ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  return { wallMs: dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1_000 + milliseconds, offset };
}

/** The date read last: a page of history tells of a day or two. */
let latestDate: { readonly date: string; readonly dayMs: number | undefined } = {
  date: '',
  dayMs: undefined,
};

/** Midnight of a `yyyy-MM-dd` in UTC; nothing for a date that does not exist. */
function startOfDay(date: string): number | undefined {
  if (date !== latestDate.date) latestDate = { date, dayMs: parseDate(date) };
  return latestDate.dayMs;
}

function parseDate(date: string): number | undefined {
  const [year, month, day] = date.split('-').map(Number);
  const midnight = new Date(0);
  midnight.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day);
  const exists = midnight.getUTCMonth() + 1 === month && midnight.getUTCDate() === day;
  return exists ? midnight.getTime() : undefined;
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
