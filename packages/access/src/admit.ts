import { lastResetMs, siteOf } from './admission-keys.ts';
import { admitToArea } from './admit-area.ts';
import { newGrant, sameGrant } from './admit-grant.ts';
import { settledBeforeRights } from './admit-stop.ts';
import { toNfc } from './comparable.ts';
import type { CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { Change, GuardView, LastPermit } from './guard-view.ts';
import type { Effect, Member, Question } from './model.ts';
import type { Reason } from './reasons.ts';

/** Something worth telling the operator about a permit. */
export type Flag =
  /** The member was already inside; the area's anti-passback is soft. */
  | 'anti_passback'
  /** The member left without having entered. */
  | 'exit_without_entry';

/** The answer at the door. */
export interface Decision {
  readonly decisionId: string;
  readonly effect: Effect;
  readonly reason: Reason;
  readonly atMs: number;
  readonly siteId: string | null;
  readonly zoneId: string | null;
  readonly areaId: string | null;
  readonly ruleIds: readonly string[];
  /** Everything that determined the outcome, as `kind:id`, for the record. */
  readonly determining: readonly string[];
  readonly locale: string;
  /** The permit this one repeats: nothing was spent for it. */
  readonly repeatOf: string | null;
  readonly flags: readonly Flag[];
  /** Entries left after this one and their limit, where a quota or a pass counts them. */
  readonly remaining: number | null;
  readonly limit: number | null;
}

export interface Admission {
  readonly decision: Decision;
  readonly changes: readonly Change[];
}

/**
 * Makes the decision from a verdict and the state of the moment. Pure; meant for one atomic step of the guard:
 * load what `admissionKeys` names, call this, write the changes and the decision in the same transaction.
 *
 * In order: no zone; site mode; unknown, suspended; deny entries; validity and forbids (from the verdict); no
 * permit and no pass; a permit asked again; quota; first and second person; anti-passback; occupancy. A permit
 * counts at once: place taken, use spent. A denial is always judged anew.
 */
export function admit(
  compiled: CompiledRelease,
  verdict: Verdict,
  question: Question,
  member: Member | null,
  view: GuardView,
  instantMs: number,
): Admission {
  const merchantUserKey = toNfc(question.merchantUserKey);
  const settled = settledBeforeRights(compiled, verdict, merchantUserKey, view, instantMs);
  if (settled !== undefined) {
    const decision = decisionFrom(verdict, view, instantMs, settled);
    const left = settled.effect === 'permit' ? leaving(verdict, view, merchantUserKey, instantMs) : [];
    return { decision, changes: left };
  }

  const repeatSeconds = siteOf(compiled, verdict)?.site.repeatSeconds ?? 0;
  const before = repeatedPermit(verdict, view, instantMs, repeatSeconds);
  const same = before && sameGrant(compiled, verdict, member, view, instantMs, before);
  const grant = same ?? newGrant(compiled, verdict, member, view, instantMs);
  if (!grant.permits) {
    return { decision: decisionFrom(verdict, view, instantMs, { effect: 'deny', ...grant }), changes: [] };
  }
  const permit = (more: Partial<Decision>): Decision => ({
    ...decisionFrom(verdict, view, instantMs, { effect: 'permit', ...grant }),
    remaining: grant.remaining,
    limit: grant.limit,
    ...more,
  });
  const repeatOf = before === null || same === undefined ? null : before.decisionId;
  if (repeatOf !== null && !lostItsPlace(compiled, verdict, view, instantMs)) {
    return { decision: permit({ repeatOf }), changes: [] };
  }

  // Where the area was emptied in between, the permit asked again takes its place anew, under its own id.
  const decisionId = repeatOf ?? view.decisionId;
  const area = admitToArea(compiled, verdict, view, merchantUserKey, instantMs, decisionId);
  if ('reason' in area) {
    const outcome = { effect: 'deny', reason: area.reason, determining: [`area:${verdict.areaId}`] } as const;
    return { decision: decisionFrom(verdict, view, instantMs, outcome), changes: area.changes };
  }
  const zoneId = verdict.zoneId ?? '';
  const given: Change = {
    kind: 'permit',
    decisionId,
    merchantUserKey,
    zoneId,
    atMs: instantMs,
    grant: grant.by,
    expiresAtMs: instantMs + repeatSeconds * 1000,
  };
  return {
    decision: permit({ repeatOf, flags: area.flags }),
    changes: [...(repeatOf === null ? [given, ...grant.changes] : []), ...area.changes],
  };
}

/** What is known of the moment where no guard is asked. */
export type StateWithoutGuard = Pick<GuardView, 'decisionId' | 'mode' | 'denies'>;

/**
 * The decision at a site that is run without a guard: modes and deny entries as far as they are known, and the
 * rules. A permit that needs more state is a denial there.
 */
export function decideWithoutGuard(
  compiled: CompiledRelease,
  verdict: Verdict,
  question: Question,
  state: StateWithoutGuard,
  instantMs: number,
): Decision {
  const merchantUserKey = toNfc(question.merchantUserKey);
  const settled = settledBeforeRights(compiled, verdict, merchantUserKey, state, instantMs);
  if (settled !== undefined) return decisionFrom(verdict, state, instantMs, settled);
  const determining = verdict.ruleIds.map((ruleId) => `rule:${ruleId}`);
  const { effect, reason } = needsGuard(compiled, verdict)
    ? ({ effect: 'deny', reason: 'guard_needed' } as const)
    : { effect: verdict.effect, reason: verdict.reason };
  return decisionFrom(verdict, state, instantMs, { effect, reason, determining });
}

/** Whether a permit hangs on what only a guard knows. Leaving does where exits are enforced, and else nowhere. */
function needsGuard(compiled: CompiledRelease, { effect, direction, areaId, ruleIds }: Verdict): boolean {
  if (effect === 'deny') return false;
  if (direction === 'out') {
    const antiPassback = areaId === null ? undefined : compiled.areas.get(areaId)?.area.antiPassback;
    return antiPassback?.mode === 'hard' && antiPassback.exits === 'enforce';
  }
  return areaId !== null || ruleIds.every((ruleId) => compiled.rules.get(ruleId)?.quota !== undefined);
}

function decisionFrom(
  verdict: Verdict,
  { decisionId }: Pick<GuardView, 'decisionId'>,
  instantMs: number,
  { effect, reason, determining }: Pick<Decision, 'effect' | 'reason' | 'determining'>,
): Decision {
  return {
    decisionId,
    effect,
    reason,
    atMs: instantMs,
    siteId: verdict.siteId,
    zoneId: verdict.zoneId,
    areaId: verdict.areaId,
    ruleIds: verdict.ruleIds,
    determining,
    locale: verdict.locale,
    repeatOf: null,
    flags: [],
    remaining: null,
    limit: null,
  };
}

/** Whoever is let out of an evacuated site has left the area, known or not. */
function leaving(
  { areaId }: Verdict,
  { decisionId }: GuardView,
  merchantUserKey: string,
  atMs: number,
): readonly Change[] {
  return areaId === null
    ? []
    : [{ kind: 'presence', decisionId, areaId, merchantUserKey, direction: 'out', atMs }];
}

/**
 * The permit a question may repeat: the member's last one at this zone, young enough, and in an area with nothing
 * since but news of going the same way. Whoever has left in between comes in anew.
 */
function repeatedPermit(
  verdict: Verdict,
  { lastPermit, area }: GuardView,
  instantMs: number,
  repeatSeconds: number,
): LastPermit | null {
  if (lastPermit === null) return null;
  const ageMs = instantMs - lastPermit.atMs;
  if (ageMs < 0 || ageMs >= repeatSeconds * 1000) return null;
  if (verdict.areaId === null) return lastPermit;
  const events = area?.recent ?? [];
  const own = events.findLastIndex(({ decisionId }) => decisionId === lastPermit.decisionId);
  if (own < 0) return null;
  const turned = events.slice(own).some(({ direction }) => direction !== verdict.direction);
  return turned ? null : lastPermit;
}

/** Whether the area was emptied since the permit that is asked again: its place is gone, and may be another's. */
function lostItsPlace(
  compiled: CompiledRelease,
  { areaId, direction }: Verdict,
  { area }: GuardView,
  instantMs: number,
): boolean {
  const found = areaId === null ? undefined : compiled.areas.get(areaId);
  if (found === undefined || direction === 'out') return false;
  const presence = area?.presence ?? null;
  return presence === null || presence.atMs < lastResetMs(found, instantMs);
}
