import { formatVendorTimestamp, readVendorTimestamp } from '../contract/timestamp.ts';
import { FacePassRequestError } from '../errors.ts';

/**
 * A point in time: a `Date`, a `Temporal.Instant` or `Temporal.ZonedDateTime` (anything with
 * `epochMilliseconds`), or a text: a wall clock in the client's time zone, or one with an offset.
 */
export type TimeInput = Date | string | { readonly epochMilliseconds: number };

/** A range of time, both ends included. */
export interface TimeRange {
  readonly from: TimeInput;
  readonly to: TimeInput;
}

/** Milliseconds since 1970, UTC. @throws FacePassRequestError */
export function readTimeInput(input: TimeInput, name: string, timeZone: string): number {
  const epochMs =
    input instanceof Date
      ? input.getTime()
      : typeof input === 'string'
        ? readVendorTimestamp(input, { timeZone })?.epochMs
        : input.epochMilliseconds;
  if (epochMs === undefined || !Number.isFinite(epochMs)) {
    const problem = 'expected a Date, a Temporal.Instant or a text like 2024-01-01T00:00:00';
    throw new FacePassRequestError([{ path: name, problem }]);
  }
  return epochMs;
}

/** A range in the vendor's form and zone; a fraction of a second at its end is rounded up, to lose nothing. */
export function writeRange(range: TimeRange, timeZone: string): { startTs: string; endTs: string } {
  const fromMs = readTimeInput(range.from, 'from', timeZone);
  const toMs = readTimeInput(range.to, 'to', timeZone);
  if (fromMs > toMs) {
    throw new FacePassRequestError([{ path: 'to', problem: 'must not lie before from' }]);
  }
  const wholeSecond = Math.ceil(toMs / 1000) * 1000;
  return {
    startTs: formatVendorTimestamp(fromMs, { timeZone }),
    endTs: formatVendorTimestamp(wholeSecond, { timeZone }),
  };
}
