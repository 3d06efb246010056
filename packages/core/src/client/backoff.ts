/** First wait is drawn from 0–500 ms, then doubling: long enough to let a blip pass, short for a person waiting. */
const BASE_MS = 500;
/** No single wait we choose ourselves is longer. */
const CEILING_MS = 8_000;
/** A server may ask for more than we would choose, up to a minute; beyond it the caller decides. */
export const RETRY_AFTER_CAP_MS = 60_000;

/** Exponential back-off with full jitter; `retry` counts from 1. */
export function backoffMs(retry: number, random: () => number): number {
  return Math.floor(random() * Math.min(CEILING_MS, BASE_MS * 2 ** (retry - 1)));
}

/** Engines take `-5` or `5,5` for days of 2001: only what holds a time of day is tried as a date. */
const hasTimeOfDay = /\d\d:\d\d:\d\d/;
/** One of the three forms of HTTP's dates names no zone; it is GMT all the same. */
const namesZone = /(?:GMT|UTC|Z|[+-]\d\d:?\d\d)$/i;

/**
 * `Retry-After` (RFC 9110 §10.2.3), seconds or a date, as milliseconds from `nowMs`; nothing for what is neither.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  if (!hasTimeOfDay.test(text)) return undefined;
  const atMs = Date.parse(namesZone.test(text) ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
