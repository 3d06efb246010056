/**
 * Most entries a quota permits or a pass is good for. Texts may say how many are left, and are checked against
 * this when they are published.
 */
export const COUNT_MAX = 10_000;
