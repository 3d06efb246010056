/** Wall-clock arithmetic on the platform's own IANA database (`Intl`); no table of our own to go stale. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const cached = formatters.get(timeZone);
  if (cached !== undefined) return cached;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timeZone, formatter);
  return formatter;
}

/**
 * The wall clock of an instant, as the milliseconds that the same reading would have in UTC.
 *
 * @throws RangeError for a time zone the platform does not know.
 */
export function wallClockOf(epochMs: number, timeZone: string): number {
  const fields: Record<string, string> = {};
  for (const part of formatterOf(timeZone).formatToParts(epochMs)) fields[part.type] = part.value;
  const year = Number(fields['year']);
  const wall = new Date(0);
  wall.setUTCFullYear(
    fields['era'] === 'BC' ? 1 - year : year,
    Number(fields['month']) - 1,
    Number(fields['day']),
  );
  wall.setUTCHours(Number(fields['hour']), Number(fields['minute']), Number(fields['second']));
  return wall.getTime() + (((epochMs % 1000) + 1000) % 1000);
}

const DAY_MS = 86_400_000;

/** Days whose offsets are kept per zone: a year and a half of history, re-read page after page. */
const DAYS_REMEMBERED = 550;
const offsetsByDay = new Map<string, Map<number, readonly number[]>>();

/** The offsets from UTC that may apply to a wall clock: no zone moves its clock twice within three days. */
function offsetsAround(wallMs: number, timeZone: string): readonly number[] {
  const day = Math.floor(wallMs / DAY_MS);
  let days = offsetsByDay.get(timeZone);
  if (days === undefined || days.size >= DAYS_REMEMBERED) {
    days = new Map();
    offsetsByDay.set(timeZone, days);
  }
  const known = days.get(day);
  if (known !== undefined) return known;
  const probes = [(day - 1) * DAY_MS, (day + 2) * DAY_MS];
  const offsets = [...new Set(probes.map((probe) => wallClockOf(probe, timeZone) - probe))];
  days.set(day, offsets);
  return offsets;
}

/**
 * The instants that show a given wall clock: one as a rule, two where clocks were put back, none where
 * they were put forward. Earliest first.
 */
export function instantsOf(wallMs: number, timeZone: string): number[] {
  const instants = offsetsAround(wallMs, timeZone).map((offset) => wallMs - offset);
  if (instants.length === 1) return instants;
  return instants.filter((epochMs) => wallClockOf(epochMs, timeZone) === wallMs).sort((a, b) => a - b);
}

/**
 * The instant of a wall clock. A reading that occurs twice means its first occurrence; one that was skipped
 * is read with the offset before the gap, as `Temporal`'s "compatible" does.
 */
export function instantOf(wallMs: number, timeZone: string): number {
  const offsets = offsetsAround(wallMs, timeZone);
  // In a gap nothing matches; the first offset is the one before it.
  const [before = 0] = offsets;
  if (offsets.length === 1) return wallMs - before;
  return instantsOf(wallMs, timeZone)[0] ?? wallMs - before;
}
