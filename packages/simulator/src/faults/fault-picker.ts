import type { EndpointName } from '../vendor-api/endpoint-names.ts';
import { randomAt } from '../world/random.ts';
import type { Fault, FaultKind, FaultPlan, FaultRule } from './fault.ts';

type Target = EndpointName | 'token';

const histories: readonly Target[] = ['face-register-history', 'face-verify-history'];
const pages: readonly Target[] = [...histories, 'device-group'];

/** Faults that make sense at some endpoints only. */
const applicable: { readonly [K in FaultKind]?: (target: Target) => boolean } = {
  fail: (target) => target !== 'token',
  'expired-token': (target) => target !== 'token',
  'late-records': (target) => histories.includes(target),
  'duplicate-items': (target) => pages.includes(target),
  'malformed-items': (target) => pages.includes(target),
  'empty-page': (target) => pages.includes(target),
  'status-change': (target) => target === 'face-register-history',
};

/** Far apart, so that two rules under one seed draw different numbers. */
const drawsPerRule = 1_000_003;

/** Goes through a plan request by request. Its counts live in memory: a restart begins the plan anew. */
export class FaultPicker {
  readonly #plan: FaultPlan;
  readonly #seen: number[];
  readonly #struck: number[];

  constructor(plan: FaultPlan) {
    this.#plan = plan;
    this.#seen = plan.rules.map(() => 0);
    this.#struck = plan.rules.map(() => 0);
  }

  /** The fault that strikes this request, if any. Every rule that looks at it counts it. */
  pick(target: Target): Fault | undefined {
    let picked: Fault | undefined;
    for (const [index, rule] of this.#plan.rules.entries()) {
      if (!looksAt(rule, target)) continue;
      const call = (this.#seen[index] ?? 0) + 1;
      this.#seen[index] = call;
      if (picked !== undefined || !this.#strikes(rule, index, call)) continue;
      this.#struck[index] = (this.#struck[index] ?? 0) + 1;
      picked = rule.fault;
    }
    return picked;
  }

  #strikes({ calls, probability, times }: FaultRule, index: number, call: number): boolean {
    if (times !== undefined && (this.#struck[index] ?? 0) >= times) return false;
    if (calls !== undefined && !calls.includes(call)) return false;
    return randomAt(this.#plan.seed, index * drawsPerRule + call) < probability;
  }
}

function looksAt({ fault, endpoints }: FaultRule, target: Target): boolean {
  return (endpoints?.includes(target) ?? true) && (applicable[fault.kind]?.(target) ?? true);
}
