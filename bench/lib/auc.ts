/**
 * How well one timing tells two causes apart: the probability that a random sample of `left` is below a random one of
 * `right` (ties count half). 0.5 is a coin toss, 0 and 1 are certainty.
 */
export interface Auc {
  readonly value: number;
  /** The 95 % confidence interval by DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988). */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % of the normal distribution. */
const z = 1.959964;

export function auc(left: readonly number[], right: readonly number[]): Auc {
  const leftPlacements = placements(left, right).map((below) => 1 - below);
  const rightPlacements = placements(right, left);
  const value = mean(rightPlacements);
  const error = Math.sqrt(variance(leftPlacements) / left.length + variance(rightPlacements) / right.length);
  return { value, low: value - z * error, high: value + z * error };
}

/** For each sample the share of `others` below it. */
function placements(samples: readonly number[], others: readonly number[]): number[] {
  const sorted = Float64Array.from(others).sort();
  return samples.map(
    (sample) => (countBelow(sorted, sample, false) + countBelow(sorted, sample, true)) / 2 / sorted.length,
  );
}

function countBelow(sorted: Float64Array, sample: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? Number.NaN;
    if (value < sample || (orEqual && value === sample)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const center = mean(values);
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
}
