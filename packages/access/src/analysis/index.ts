export { CHECKS, type Check, type CheckResult, type Explanation, explain } from '../explain/explain.ts';
export { nextPermittedMs } from '../explain/next-permitted.ts';
export type { Remedy, Step } from '../explain/remedies.ts';
export type { Miss, RuleTrace } from '../explain/rule-misses.ts';
