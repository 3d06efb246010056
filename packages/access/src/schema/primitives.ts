import * as z from 'zod';
import { WORDS } from './schema-words.ts';

/** An id that people write and refer to: letters of any script, digits, `.`, `_`, `-`. */
export const id = z
  .string()
  .normalize('NFC')
  .max(64, 'expected at most 64 characters')
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u,
    'expected letters, digits, ".", "_" or "-", beginning with a letter or digit',
  )
  .describe(WORDS.id);

/** Longest `merchantUserKey` we take: the guide states no limit, and a key is an identifier, not a text. */
export const MERCHANT_USER_KEY_MAX = 200;

/**
 * A `merchantUserKey`, in NFC: people are told apart by the HMAC of this form, so the rules compare it too. Halves of
 * characters would all be the same in UTF-8, and whoever has one the same person.
 */
export const memberKey = z
  .string()
  .min(1)
  .normalize('NFC')
  .max(MERCHANT_USER_KEY_MAX)
  .regex(/^\P{Cs}*$/u, 'expected whole characters, not half of a surrogate pair');

/** An id, or `*` for all there are. */
export const idOrAll = z
  .string()
  .normalize('NFC')
  .max(64, 'expected at most 64 characters')
  .regex(/^(\*|[\p{L}\p{N}][\p{L}\p{N}._-]*)$/u, 'expected an id or "*"');

export const name = z.string().min(1).max(60).describe(WORDS.name);

/** A name, not an offset: an offset is the same all year, which is right in few places and looks right in half of it. */
export const timeZone = z
  .string()
  .regex(/^[A-Za-z]/, {
    error: 'expected an IANA time zone such as "Asia/Seoul", which an offset is not',
    abort: true,
  })
  .refine(isTimeZone, 'expected an IANA time zone such as "Asia/Seoul"')
  .describe(WORDS.timeZone);

export const locale = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a language tag such as "ko" or "en"');

/** `YYYY-MM-DD`, an existing day of the calendar. */
export const date = z.iso.date('expected a date such as "2026-12-31"');

/** `HH:MM` on a 24-hour clock. */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as "09:00"');

/** `HH:MM`, and `24:00` for the end of the day. */
export const endTimeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time of day such as "18:00" or "24:00"');

/** An instant with its offset, for example `2026-12-31T09:00:00+09:00`. */
export const instant = z.iso.datetime({
  offset: true,
  error: 'expected a date and time with an offset, such as "2026-12-31T09:00:00+09:00"',
});

/** An instant with its offset, or a date: the midnight with which it begins, in the rule's time zone. */
export const instantOrDate = z.union([instant, date], {
  error: 'expected a date such as "2026-12-31" or a date and time with an offset',
});

/** Compared as text after NFC, so that `10` and `"10"` are the same value. */
export const comparable = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected a text, a number, true or false' })
  // Another number by the time it is read, and the same as its neighbors.
  .refine(
    (value) => typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER,
    'is too large to be read exactly: put it in quotes',
  )
  .transform((value) => String(value).normalize('NFC'));

export const comparables = z
  .union([comparable.transform((value) => [value]), z.array(comparable).min(1)], {
    error: 'expected a text, a number, true or false, or a list of these that is not empty',
  })
  .describe(WORDS.comparables);

/** Names that were found good: asking `Intl` takes longer than reading a schedule. */
const knownTimeZones = new Set<string>();

function isTimeZone(value: string): boolean {
  if (knownTimeZones.has(value)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    knownTimeZones.add(value);
    return true;
  } catch {
    return false;
  }
}

/** Name of a parameter or tag, in NFC. */
export const comparableName = z.string().min(1).normalize('NFC');
