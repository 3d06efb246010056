import { type QuotaCounter, quotaCounters } from './admission-keys.ts';
import { toNfc } from './comparable.ts';
import type { CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { Change, CountedGrant, GuardView, LastPermit, Pass } from './guard-view.ts';
import type { Member } from './model.ts';
import type { Reason } from './reasons.ts';

/** What lets a member in as far as rights go, or that nothing does. */
export type Grant =
  | {
      readonly permits: true;
      readonly reason: 'permitted' | 'permitted_by_pass';
      readonly determining: readonly string[];
      /** Null for rules that count nothing. */
      readonly by: CountedGrant | null;
      /** Entries left after this one and their limit; null where nothing counts them. */
      readonly remaining: number | null;
      readonly limit: number | null;
      readonly changes: readonly Change[];
    }
  | { readonly permits: false; readonly reason: Reason; readonly determining: readonly string[] };

/** A permit of the rules with something left of its quota, or else a pass. */
export function newGrant(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView,
  instantMs: number,
): Grant {
  const counters = quotaCounters(compiled, verdict, member, instantMs);
  if (verdict.effect === 'permit' && counters.length === 0) return uncounted(verdict);
  const counter = counters.find(({ key, max }) => countOf(view, key) < max);
  if (counter !== undefined) return spendQuota(counter, view);
  const passes = passesForNow(view, verdict, instantMs);
  const pass = passes.filter((each) => hasUseLeft(each, verdict)).sort(lostSoonestFirst)[0];
  if (pass !== undefined) return spendPass(pass, verdict);
  const [usedUp] = verdict.reason === 'no_grant' ? passes : [];
  if (usedUp !== undefined) {
    return { permits: false, reason: 'pass_used_up', determining: [`pass:${usedUp.id}`] };
  }
  const reason = verdict.effect === 'permit' ? 'quota_spent' : verdict.reason;
  return { permits: false, reason, determining: ofRules(verdict) };
}

/**
 * The right under which a permit was given, where it still stands: then asking again is the same permit, and
 * nothing is spent. Undefined where it was taken away in between, so that the question is judged anew.
 */
export function sameGrant(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView,
  instantMs: number,
  { grant = null }: LastPermit,
): Grant | undefined {
  const counters = quotaCounters(compiled, verdict, member, instantMs);
  if (verdict.effect === 'permit' && counters.length === 0) return uncounted(verdict);
  if (grant === null) return undefined;
  const stands =
    grant.kind === 'rule'
      ? counters.some(({ ruleId }) => ruleId === grant.ruleId)
      : passesForNow(view, verdict, instantMs).some(({ id }) => id === grant.passId);
  if (!stands) return undefined;
  return {
    permits: true,
    reason: grant.kind === 'rule' ? 'permitted' : 'permitted_by_pass',
    determining: [grant.kind === 'rule' ? `rule:${grant.ruleId}` : `pass:${grant.passId}`],
    by: grant,
    remaining: null,
    limit: null,
    changes: [],
  };
}

function uncounted(verdict: Verdict): Grant {
  const determining = ofRules(verdict);
  return {
    permits: true,
    reason: 'permitted',
    determining,
    by: null,
    remaining: null,
    limit: null,
    changes: [],
  };
}

function ofRules(verdict: Verdict): readonly string[] {
  return verdict.ruleIds.map((ruleId) => `rule:${ruleId}`);
}

function countOf(view: GuardView, key: string): number {
  return view.counters[key] ?? 0;
}

function spendQuota({ ruleId, key, max, expiresAtMs }: QuotaCounter, view: GuardView): Grant {
  return {
    permits: true,
    reason: 'permitted',
    determining: [`rule:${ruleId}`],
    by: { kind: 'rule', ruleId },
    remaining: max - countOf(view, key) - 1,
    limit: max,
    changes: [{ kind: 'count', key, by: 1, expiresAtMs }],
  };
}

function spendPass(pass: Pass, verdict: Verdict): Grant {
  // Leaving costs nothing.
  const spends = verdict.direction === 'in';
  return {
    permits: true,
    reason: 'permitted_by_pass',
    determining: [`pass:${pass.id}`],
    by: { kind: 'pass', passId: pass.id },
    remaining: pass.maxUses === null ? null : Math.max(0, pass.maxUses - pass.uses - (spends ? 1 : 0)),
    limit: pass.maxUses,
    changes: spends ? [{ kind: 'pass', passId: pass.id, by: 1 }] : [],
  };
}

function passesForNow({ passes }: GuardView, verdict: Verdict, instantMs: number): readonly Pass[] {
  return passes.filter(
    (pass) =>
      pass.zones.some((zone) => verdict.zoneIds.includes(toNfc(zone))) &&
      (pass.validFromMs === null || instantMs >= pass.validFromMs) &&
      (pass.validUntilMs === null || instantMs < pass.validUntilMs),
  );
}

function hasUseLeft(pass: Pass, verdict: Verdict): boolean {
  return verdict.direction === 'out' || pass.maxUses === null || pass.uses < pass.maxUses;
}

/** The soonest to end first, passes without an end last; ids break the tie. */
function lostSoonestFirst(a: Pass, b: Pass): number {
  const endsA = a.validUntilMs ?? Number.POSITIVE_INFINITY;
  const endsB = b.validUntilMs ?? Number.POSITIVE_INFINITY;
  if (endsA !== endsB) return endsA < endsB ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
