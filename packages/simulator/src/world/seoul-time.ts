/** Korea has kept UTC+9 without daylight saving time since 1988, so a constant is enough here. */
const seoulOffsetMs = 9 * 60 * 60 * 1000;

const wallClock = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?$/;

export interface WallClockForm {
  readonly separator: 'T' | ' ';
  readonly milliseconds: boolean;
}

/** Writes an instant as FacePass does: Asia/Seoul wall-clock time without an offset. */
export function formatSeoulTime(atMs: number, form: WallClockForm): string {
  const iso = new Date(atMs + seoulOffsetMs).toISOString();
  return `${iso.slice(0, 10)}${form.separator}${iso.slice(11, form.milliseconds ? 23 : 19)}`;
}

/**
 * Reads the `startTs`/`endTs` of a request: `yyyy-MM-ddTHH:mm:ss`, optionally with a fraction, as in the
 * guide's samples. An offset, a `Z` or a blank in place of the `T` is none.
 *
 * @returns milliseconds since the epoch, or undefined where the text is no such time or no such day exists
 */
export function parseSeoulTime(text: string): number | undefined {
  const parts = wallClock.exec(text);
  if (parts === null) return undefined;
  const [, date, time, fraction = ''] = parts;
  const utc = Date.parse(`${date}T${time}.${`${fraction}000`.slice(0, 3)}Z`);
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(`${date}T${time}`)) return undefined;
  return utc - seoulOffsetMs;
}
