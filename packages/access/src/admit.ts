import { passCanHelp, type QuotaCounter, quotaCounters, siteOf } from './admission-keys.ts';
import { admitToArea } from './admit-area.ts';
import { toNfc } from './comparable.ts';
import type { CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { Change, DenyEntry, GuardView, Pass } from './guard-view.ts';
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
  const deny = (reason: Reason, determining?: readonly string[]): Admission => ({
    decision: decisionFrom(verdict, view, instantMs, 'deny', reason, determining),
    changes: [],
  });

  if (verdict.zoneId === null) return deny(verdict.reason);
  const stop = stoppedByMode(compiled, verdict, view, instantMs);
  if (stop === 'evacuation_exit') return evacuate(verdict, view, merchantUserKey, instantMs);
  if (stop !== undefined) return deny(stop, [`site:${verdict.siteId}`]);

  if (verdict.reason === 'unknown_member' || verdict.reason === 'member_suspended')
    return deny(verdict.reason);
  const listed = view.denies.find((entry) => denies(entry, verdict, merchantUserKey, instantMs));
  if (listed !== undefined) return deny('deny_listed', [`deny:${listed.id}`]);
  if (verdict.effect === 'deny' && !passCanHelp(verdict)) return deny(verdict.reason);

  const grant = grantOf(compiled, verdict, member, view, instantMs);
  const decision = (reason: Reason, more: Partial<Decision>): Decision => ({
    ...decisionFrom(verdict, view, instantMs, 'permit', reason, grant.determining),
    ...grant.balance,
    ...more,
  });

  const repeatSeconds = siteOf(compiled, verdict)?.site.repeatSeconds ?? 0;
  const repeated = repeatedPermit(verdict, view, instantMs, repeatSeconds);
  if (repeated !== null && (verdict.effect === 'permit' || grant.passKnown)) {
    const reason = verdict.effect === 'permit' ? 'permitted' : 'permitted_by_pass';
    return { decision: decision(reason, { repeatOf: repeated, remaining: null, limit: null }), changes: [] };
  }
  if (grant.kind === 'none') return deny(grant.reason, grant.determining);

  const area = admitToArea(compiled, verdict, view, merchantUserKey, instantMs);
  if ('reason' in area) {
    return { ...deny(area.reason, [`area:${verdict.areaId}`]), changes: area.changes };
  }
  return {
    decision: decision(grant.kind === 'pass' ? 'permitted_by_pass' : 'permitted', { flags: area.flags }),
    changes: [
      {
        kind: 'permit',
        decisionId: view.decisionId,
        merchantUserKey,
        zoneId: verdict.zoneId,
        atMs: instantMs,
        expiresAtMs: instantMs + repeatSeconds * 1000,
      },
      ...grant.changes,
      ...area.changes,
    ],
  };
}

/** The decision at a site that is run without a guard: a permit that needs state is a denial there. */
export function decideWithoutGuard(
  compiled: CompiledRelease,
  verdict: Verdict,
  decisionId: string,
): Decision {
  const needsState = verdict.effect === 'permit' && (verdict.areaId !== null || isCounted(compiled, verdict));
  const view = { decisionId };
  return needsState
    ? decisionFrom(verdict, view, verdict.atMs, 'deny', 'guard_needed')
    : decisionFrom(verdict, view, verdict.atMs, verdict.effect, verdict.reason);
}

function isCounted(compiled: CompiledRelease, verdict: Verdict): boolean {
  return (
    verdict.direction === 'in' &&
    verdict.ruleIds.every((ruleId) => compiled.rules.get(ruleId)?.quota !== undefined)
  );
}

function decisionFrom(
  verdict: Verdict,
  view: Pick<GuardView, 'decisionId'>,
  instantMs: number,
  effect: Effect,
  reason: Reason,
  determining: readonly string[] = verdict.ruleIds.map((ruleId) => `rule:${ruleId}`),
): Decision {
  return {
    decisionId: view.decisionId,
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

/**
 * Lockdown stops whoever comes in, evacuation too and lets everybody out; exempt groups are under the rules as
 * ever, and so is leaving during a lockdown: a mode shuts nobody in.
 */
function stoppedByMode(
  compiled: CompiledRelease,
  verdict: Verdict,
  { mode }: GuardView,
  instantMs: number,
): 'site_lockdown' | 'site_evacuation' | 'evacuation_exit' | undefined {
  if (mode === null || mode.mode === 'normal') return undefined;
  if (mode.untilMs !== null && instantMs >= mode.untilMs) return undefined;
  if (verdict.direction === 'out') return mode.mode === 'evacuate' ? 'evacuation_exit' : undefined;
  const exempt = mode.exemptGroups ?? siteOf(compiled, verdict)?.site.exemptGroups ?? [];
  if (exempt.some((group) => verdict.groups.includes(group))) return undefined;
  return mode.mode === 'lockdown' ? 'site_lockdown' : 'site_evacuation';
}

function evacuate(verdict: Verdict, view: GuardView, merchantUserKey: string, instantMs: number): Admission {
  const { areaId } = verdict;
  return {
    decision: decisionFrom(verdict, view, instantMs, 'permit', 'evacuation_exit', [`site:${verdict.siteId}`]),
    changes:
      areaId === null
        ? []
        : [
            {
              kind: 'presence',
              decisionId: view.decisionId,
              areaId,
              merchantUserKey,
              direction: 'out',
              atMs: instantMs,
            },
          ],
  };
}

function denies(entry: DenyEntry, verdict: Verdict, merchantUserKey: string, instantMs: number): boolean {
  if (entry.untilMs !== null && instantMs >= entry.untilMs) return false;
  if (entry.zones !== null && !entry.zones.some((zone) => verdict.zoneIds.includes(zone))) return false;
  return entry.subject.kind === 'member'
    ? toNfc(entry.subject.merchantUserKey) === merchantUserKey
    : verdict.groups.includes(toNfc(entry.subject.group));
}

/**
 * The permit a question repeats: the member's last one at this zone, young enough, and in an area still the
 * last thing that happened to the member there. Whoever has left in between comes in anew.
 */
function repeatedPermit(
  verdict: Verdict,
  { lastPermit, area }: GuardView,
  instantMs: number,
  repeatSeconds: number,
): string | null {
  if (lastPermit === null) return null;
  const ageMs = instantMs - lastPermit.atMs;
  if (ageMs < 0 || ageMs >= repeatSeconds * 1000) return null;
  if (verdict.areaId !== null && area?.presence?.decisionId !== lastPermit.decisionId) return null;
  return lastPermit.decisionId;
}

type Balance = Pick<Decision, 'remaining' | 'limit'>;

interface Grant {
  readonly kind: 'rule' | 'pass' | 'none';
  readonly reason: Reason;
  readonly determining: readonly string[];
  readonly balance: Balance;
  readonly changes: readonly Change[];
  /** Whether the member holds a pass for this zone that is valid now, used up or not. */
  readonly passKnown: boolean;
}

const UNCOUNTED: Balance = { remaining: null, limit: null };

/** What lets the member in, as far as rights go: a permit with something left of its quota, or a pass. */
function grantOf(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView,
  instantMs: number,
): Grant {
  const ofRules = verdict.ruleIds.map((ruleId) => `rule:${ruleId}`);
  const counters = quotaCounters(compiled, verdict, member, instantMs);
  const passes = view.passes.filter((pass) => isForNow(pass, verdict, instantMs));
  const common = { passKnown: passes.length > 0, changes: [], balance: UNCOUNTED };
  if (verdict.effect === 'permit' && counters.length === 0) {
    return { ...common, kind: 'rule', reason: 'permitted', determining: ofRules };
  }
  const counter = counters.find(({ key, max }) => (view.counters[key] ?? 0) < max);
  if (counter !== undefined) return { ...common, ...spendQuota(counter, view) };
  const pass = passes.filter((each) => hasUseLeft(each, verdict)).sort(lostSoonestFirst)[0];
  if (pass !== undefined) return { ...common, ...spendPass(pass, verdict) };
  if (verdict.effect === 'permit') {
    return { ...common, kind: 'none', reason: 'quota_spent', determining: ofRules };
  }
  const [usedUp] = verdict.reason === 'no_grant' ? passes : [];
  return usedUp === undefined
    ? { ...common, kind: 'none', reason: verdict.reason, determining: ofRules }
    : { ...common, kind: 'none', reason: 'pass_used_up', determining: [`pass:${usedUp.id}`] };
}

function spendQuota(
  { ruleId, key, max, expiresAtMs }: QuotaCounter,
  view: GuardView,
): Omit<Grant, 'passKnown'> {
  return {
    kind: 'rule',
    reason: 'permitted',
    determining: [`rule:${ruleId}`],
    balance: { remaining: max - (view.counters[key] ?? 0) - 1, limit: max },
    changes: [{ kind: 'count', key, by: 1, expiresAtMs }],
  };
}

function spendPass(pass: Pass, verdict: Verdict): Omit<Grant, 'passKnown'> {
  // Leaving costs nothing.
  const spends = verdict.direction === 'in';
  return {
    kind: 'pass',
    reason: 'permitted_by_pass',
    determining: [`pass:${pass.id}`],
    balance:
      pass.maxUses === null
        ? UNCOUNTED
        : { remaining: pass.maxUses - pass.uses - (spends ? 1 : 0), limit: pass.maxUses },
    changes: spends ? [{ kind: 'pass', passId: pass.id, by: 1 }] : [],
  };
}

function isForNow(pass: Pass, verdict: Verdict, instantMs: number): boolean {
  return (
    pass.zones.some((zone) => verdict.zoneIds.includes(zone)) &&
    (pass.validFromMs === null || instantMs >= pass.validFromMs) &&
    (pass.validUntilMs === null || instantMs < pass.validUntilMs)
  );
}

function hasUseLeft(pass: Pass, verdict: Verdict): boolean {
  return verdict.direction === 'out' || pass.maxUses === null || pass.uses < pass.maxUses;
}

/** Passes without end last, those with the fewest uses left after the soonest end; ids break the tie. */
function lostSoonestFirst(a: Pass, b: Pass): number {
  const endsA = a.validUntilMs ?? Number.POSITIVE_INFINITY;
  const endsB = b.validUntilMs ?? Number.POSITIVE_INFINITY;
  if (endsA !== endsB) return endsA < endsB ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
