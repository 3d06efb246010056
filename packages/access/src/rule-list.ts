import type { CompiledRule } from './compile/compiled.ts';
import { openPeriodAt } from './schedule.ts';

/** How a rule stands at an instant, by its dates and its schedule alone. */
export const STANDING = { open: 0, closed: 1, notInForce: 2 } as const;
export type Standing = (typeof STANDING)[keyof typeof STANDING];

/** Rules under one subject of one scope, by id. */
export interface RuleList {
  readonly rules: readonly CompiledRule[];
  /** How they stood when last asked: between two questions hardly any rule opens or closes. */
  readonly last: Standings;
}

/** Rules by how they stand, from an instant until just before another. */
export interface Standings {
  fromMs: number;
  untilMs: number;
  by: Readonly<Record<Standing, readonly CompiledRule[]>>;
}

export function ruleList(rules: readonly CompiledRule[]): RuleList {
  // A period that contains no instant, until the first question.
  return { rules, last: { fromMs: 0, untilMs: 0, by: [[], [], []] } };
}

/**
 * How the rules of a list stand at an instant; good until the next call. Nobody can tell that it is not worked out
 * each time, except by the clock. An instant that is no number is in no rule's time.
 */
export function standingsAt(list: RuleList, instantMs: number): Readonly<Standings> {
  const { last } = list;
  if (!(instantMs >= last.fromMs && instantMs < last.untilMs)) workOutStandings(list, instantMs, last);
  return last;
}

function workOutStandings({ rules }: RuleList, instantMs: number, standings: Standings): void {
  const open: CompiledRule[] = [];
  const closed: CompiledRule[] = [];
  const notInForce: CompiledRule[] = [];
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  for (const rule of rules) {
    if (!(instantMs >= rule.fromMs)) {
      notInForce.push(rule);
      untilMs = Math.min(untilMs, rule.fromMs);
    } else if (!(instantMs < rule.untilMs)) {
      notInForce.push(rule);
      fromMs = Math.max(fromMs, rule.untilMs);
    } else {
      fromMs = Math.max(fromMs, rule.fromMs);
      untilMs = Math.min(untilMs, rule.untilMs);
      if (rule.schedule === null) open.push(rule);
      else {
        const period = openPeriodAt(rule.schedule, instantMs);
        (period.isOpen ? open : closed).push(rule);
        fromMs = Math.max(fromMs, period.fromMs);
        untilMs = Math.min(untilMs, period.untilMs);
      }
    }
  }
  standings.fromMs = fromMs;
  standings.untilMs = untilMs;
  standings.by = [open, closed, notInForce];
}
