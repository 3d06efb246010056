import { integerBetween, seededRandom } from '../world/random.ts';
import type { FaultPlanInput } from './fault.ts';

export interface RandomFaultsOptions {
  /** Default 0.2. */
  readonly chancePerRequest?: number;
  /** Longest delay; default 1000. */
  readonly maxDelayMs?: number;
}

/**
 * A bad day: several kinds of faults, each on some of the requests. The plan's own seed decides which. Oversized
 * answers are left out, since they cost megabytes each, and so are malformed records, which no client can keep.
 *
 * @example
 * await control.run('merchants/configure', { faults: randomFaults(seed) });
 */
export function randomFaults(seed: number, options: RandomFaultsOptions = {}): FaultPlanInput {
  const { chancePerRequest = 0.2, maxDelayMs = 1000 } = options;
  const random = seededRandom(seed);
  const delayMs = integerBetween(random, 1, maxDelayMs);
  const retryAfterSeconds = integerBetween(random, 0, 3);
  const applied = random() < 0.5;
  const all: FaultPlanInput['rules'] = [
    { fault: { kind: 'rate-limited' } },
    { fault: { kind: 'rate-limited', retryAfterSeconds } },
    { fault: { kind: 'rate-limited', retryAfterSeconds, retryAfterForm: 'http-date' } },
    { fault: { kind: 'server-error', applied } },
    { fault: { kind: 'server-error', status: 503, body: 'html', applied } },
    { fault: { kind: 'server-error', status: 502, body: 'empty', applied } },
    { fault: { kind: 'reset', applied } },
    { fault: { kind: 'reset', when: 'mid-body', applied } },
    { fault: { kind: 'slow-headers', delayMs } },
    { fault: { kind: 'slow-body', delayMs } },
    { fault: { kind: 'truncated-json' } },
    { fault: { kind: 'not-json' } },
    { fault: { kind: 'wrong-shape' } },
    { fault: { kind: 'fail', errorCode: 'TEMPORARY_FAILURE' } },
    { fault: { kind: 'expired-token' } },
    { fault: { kind: 'late-records' } },
    { fault: { kind: 'duplicate-items' } },
    { fault: { kind: 'empty-page' } },
    { fault: { kind: 'status-change' } },
  ];
  const chosen = all.filter(() => random() < 0.4);
  const probability = chancePerRequest / Math.max(1, chosen.length);
  return { seed, rules: chosen.map((rule) => ({ ...rule, probability })) };
}
