/** A month of UTC: its name such as `2026-01`, and its ends, the second not included. */
export interface Month {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export function monthOf(ms: number): Month {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return {
    name: date.toISOString().slice(0, 7),
    fromMs: Date.UTC(year, month),
    toMs: Date.UTC(year, month + 1),
  };
}

/** The end of what is old enough: the beginning of the month `months` whole months before that of `nowMs`. */
export function archivableUntil(nowMs: number, months: number): number {
  const date = new Date(nowMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months);
}
