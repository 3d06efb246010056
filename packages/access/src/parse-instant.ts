import { DAY_MS, MINUTE_MS } from './civil-time.ts';

/**
 * UTC milliseconds of an instant with its offset (RFC 3339), as the member schema lets it through. Does for that
 * one form what `Date.parse` does for many, several times faster: every question at a door asks for two of them.
 * Returns NaN for another form.
 */
export function parseInstant(text: string): number {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const minutes = digits(text, 11, 2) * 60 + digits(text, 14, 2);
  let end = 16;
  let ms = 0;
  if (text.charCodeAt(end) === COLON) {
    ms = digits(text, 17, 2) * 1000;
    end = 19;
  }
  if (text.charCodeAt(end) === POINT) {
    let unit = 100;
    for (end += 1; isDigit(text.charCodeAt(end)); end += 1) {
      ms += Math.floor(unit) * (text.charCodeAt(end) - ZERO);
      unit /= 10;
    }
  }
  return daysFromEpoch(year, month, day) * DAY_MS + (minutes - offsetMinutes(text, end)) * MINUTE_MS + ms;
}

const ZERO = 48;
const COLON = 58;
const POINT = 46;
const PLUS = 43;
const MINUS = 45;

function isDigit(code: number): boolean {
  return code >= ZERO && code < COLON;
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let position = from; position < from + count; position += 1) {
    const code = text.charCodeAt(position);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - ZERO;
  }
  return value;
}

function offsetMinutes(text: string, from: number): number {
  const sign = text.charCodeAt(from);
  if (sign === PLUS || sign === MINUS) {
    const minutes = digits(text, from + 1, 2) * 60 + digits(text, from + 4, 2);
    return sign === PLUS ? minutes : -minutes;
  }
  return text[from] === 'Z' ? 0 : Number.NaN;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
