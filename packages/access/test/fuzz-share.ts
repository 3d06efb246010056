/**
 * How much of the random tests to run: all of it, unless mutation testing asks for a share. Thresholds on what
 * was met shrink alike.
 */
const share = Number(process.env['FUZZ_SHARE'] ?? 1);

export function runs(full: number): number {
  return Math.max(5, Math.ceil(full * share));
}

/** How often something must have been met: nothing is asked of a small share. */
export function enough(full: number): number {
  return share < 1 ? -1 : full;
}
