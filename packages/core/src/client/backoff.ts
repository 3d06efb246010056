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

/** `Retry-After` (RFC 9110 §10.2.3), seconds or a date, as milliseconds from `nowMs`. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
