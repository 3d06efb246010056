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

/**
 * The instants that show a given wall clock: one as a rule, two where clocks were put back, none where
 * they were put forward. Earliest first.
 */
export function instantsOf(wallMs: number, timeZone: string): number[] {
  // No zone moves its clock twice within two days, so the offsets a day either side are all there are.
  const offsets = new Set(
    [wallMs - DAY_MS, wallMs + DAY_MS].map((probe) => wallClockOf(probe, timeZone) - probe),
  );
  return [...offsets]
    .map((offset) => wallMs - offset)
    .filter((epochMs) => wallClockOf(epochMs, timeZone) === wallMs)
    .sort((a, b) => a - b);
}

/**
 * The instant of a wall clock. A reading that occurs twice means its first occurrence; one that was skipped
 * is read with the offset before the gap, as `Temporal`'s "compatible" does.
 */
export function instantOf(wallMs: number, timeZone: string): number {
  const first = instantsOf(wallMs, timeZone)[0];
  if (first !== undefined) return first;
  const before = wallMs - DAY_MS;
  return wallMs - (wallClockOf(before, timeZone) - before);
}
