export { CHECKS, type Check, type CheckResult, type Explanation, explain } from '../explain/explain.ts';
export { nextPermittedMs } from '../explain/next-permitted.ts';
export type { Remedy, Step } from '../explain/remedies.ts';
export type { Miss, RuleTrace } from '../explain/rule-misses.ts';
export { diff, type Flip, type Probe, type ReleaseDiff } from './diff.ts';
export { type Finding, type FindingCode, type LintOptions, lint } from './lint.ts';
export { type NotReplayable, type RecordedDecision, type Replay, replay } from './replay.ts';
export { type RuleTestResult, runRuleTests } from './run-rule-tests.ts';
export { type WhereCan, type WhoCan, whereCan, whoCan } from './who-can.ts';
