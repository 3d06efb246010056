import { instantsOf, wallClockOf } from '../contract/time-zone.ts';
import { formatVendorTimestamp, readVendorTimestamp } from '../contract/timestamp.ts';
import { FacePassRequestError } from '../errors.ts';
import { TICK_MS, type WalkRange } from '../walk/walk-state.ts';

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

/** Both ends in milliseconds since 1970, UTC. @throws FacePassRequestError */
export function readRange(range: TimeRange, timeZone: string): WalkRange {
  const fromMs = readTimeInput(range.from, 'from', timeZone);
  const toMs = readTimeInput(range.to, 'to', timeZone);
  if (fromMs > toMs) throw new FacePassRequestError([{ path: 'to', problem: 'must not lie before from' }]);
  return { fromMs, toMs };
}

function readTimeInput(input: TimeInput, name: string, timeZone: string): number {
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

/** How a range is asked for. */
export interface AskedRange {
  readonly startTs: string;
  readonly endTs: string;
  /** Whether a row came only because more was asked for than wanted. */
  readonly outside: (epochMs: number) => boolean;
}

/**
 * A range in the vendor's form and zone. Whether FacePass includes its ends is not stated: one tick more is asked
 * for on either side, and what came only because of that is left out again. Where clocks were put back, a
 * reading means two instants: there the whole repeated stretch is asked for and kept.
 */
export function askedRange({ fromMs, toMs }: WalkRange, timeZone: string): AskedRange {
  const wantedFromMs = fromMs - repeatedMs(fromMs, timeZone);
  const wantedToMs = toMs + repeatedMs(toMs, timeZone);
  const askedFromMs = Math.floor(wantedFromMs / TICK_MS) * TICK_MS - TICK_MS;
  const askedToMs = Math.ceil(wantedToMs / TICK_MS) * TICK_MS + TICK_MS;
  return {
    startTs: formatVendorTimestamp(askedFromMs, { timeZone }),
    endTs: formatVendorTimestamp(askedToMs, { timeZone }),
    // A row even further out is what FacePass itself counts to the range: an audit may have moved its time.
    outside: (epochMs) =>
      (epochMs < wantedFromMs && epochMs >= askedFromMs) ||
      (epochMs > wantedToMs && epochMs < askedToMs + TICK_MS),
  };
}

function repeatedMs(epochMs: number, timeZone: string): number {
  const instants = instantsOf(wallClockOf(epochMs, timeZone), timeZone);
  return (instants.at(-1) ?? epochMs) - (instants[0] ?? epochMs);
}
