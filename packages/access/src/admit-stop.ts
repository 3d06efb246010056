import { passCanHelp, siteOf } from './admission-keys.ts';
import { toNfc } from './comparable.ts';
import type { CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { DenyEntry, GuardView } from './guard-view.ts';
import type { Effect } from './model.ts';
import type { Reason } from './reasons.ts';

/** An outcome for which no right of the person matters. */
export interface Settled {
  readonly effect: Effect;
  readonly reason: Reason;
  readonly determining: readonly string[];
}

/**
 * What settles a question before rights are looked at: no zone; site mode; unknown, suspended; deny entries;
 * validity and forbids (from the verdict). Undefined where nothing does.
 */
export function settledBeforeRights(
  compiled: CompiledRelease,
  verdict: Verdict,
  merchantUserKey: string,
  { mode, denies }: Pick<GuardView, 'mode' | 'denies'>,
  instantMs: number,
): Settled | undefined {
  const byRules: Settled = {
    effect: 'deny',
    reason: verdict.reason,
    determining: verdict.ruleIds.map((ruleId) => `rule:${ruleId}`),
  };
  if (verdict.zoneId === null) return byRules;
  const byMode = settledByMode(compiled, verdict, mode, instantMs);
  if (byMode !== undefined) return byMode;
  if (verdict.reason === 'unknown_member' || verdict.reason === 'member_suspended') return byRules;
  const listed = denies.find((entry) => keepsOut(entry, verdict, merchantUserKey, instantMs));
  if (listed !== undefined) {
    return { effect: 'deny', reason: 'deny_listed', determining: [`deny:${listed.id}`] };
  }
  return verdict.effect === 'deny' && !passCanHelp(verdict) ? byRules : undefined;
}

/**
 * Lockdown stops whoever comes in, evacuation too and lets everybody out; exempt groups are under the rules as
 * ever, and so is leaving during a lockdown: a mode shuts nobody in.
 */
function settledByMode(
  compiled: CompiledRelease,
  verdict: Verdict,
  mode: GuardView['mode'],
  instantMs: number,
): Settled | undefined {
  if (mode === null || mode.mode === 'normal') return undefined;
  if (mode.untilMs !== null && instantMs >= mode.untilMs) return undefined;
  const determining = [`site:${verdict.siteId}`];
  if (mode.mode === 'evacuate' && mayLeadOut(compiled, verdict)) {
    return { effect: 'permit', reason: 'evacuation_exit', determining };
  }
  if (verdict.direction === 'out') return undefined;
  const exempt = mode.exemptGroups ?? siteOf(compiled, verdict)?.site.exemptGroups ?? [];
  if (exempt.some((group) => verdict.groups.includes(toNfc(group)))) return undefined;
  const reason = mode.mode === 'lockdown' ? 'site_lockdown' : 'site_evacuation';
  return { effect: 'deny', reason, determining };
}

/** A door that does not say which way it leads may be the only way out. */
function mayLeadOut(compiled: CompiledRelease, { direction, zoneIds }: Verdict): boolean {
  return direction === 'out' || zoneIds.every((id) => compiled.zones.byId.get(id)?.direction === null);
}

/** A deny entry keeps out, never in: it says nothing of those who leave. */
function keepsOut(entry: DenyEntry, verdict: Verdict, merchantUserKey: string, instantMs: number): boolean {
  if (verdict.direction === 'out') return false;
  if (entry.untilMs !== null && instantMs >= entry.untilMs) return false;
  if (entry.zones !== null && !entry.zones.some((zone) => verdict.zoneIds.includes(toNfc(zone))))
    return false;
  return entry.subject.kind === 'member'
    ? toNfc(entry.subject.merchantUserKey) === merchantUserKey
    : verdict.groups.includes(toNfc(entry.subject.group));
}
