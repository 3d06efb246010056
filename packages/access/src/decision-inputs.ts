import { type AdmissionKeys, admissionKeys, type QuotaCounter, quotaCounters } from './admission-keys.ts';
import type { StateWithoutGuard } from './admit.ts';
import { comparableParam, toNfc } from './comparable.ts';
import type { CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { AreaView, DenyEntry, GuardView, LastPermit, Pass, SiteMode } from './guard-view.ts';
import type { Member } from './model.ts';

/**
 * What a decision depended on, beside the release, the question and the instant: enough to make it again, and to
 * say where another release would have depended on more. Says nothing of who the member is, and of their tags only
 * those the rules ask for.
 */
export interface DecisionInputs {
  readonly v: 1;
  /** null where the directory knew nobody. */
  readonly member: MemberFacts | null;
  readonly state: RecordedState;
}

export interface MemberFacts {
  readonly status: Member['status'];
  readonly groups: readonly string[];
  readonly validFrom: string | null;
  readonly validUntil: string | null;
  /** Tags some rule of the release asks for, and what the member has of them. */
  readonly tags: Readonly<Record<string, string | null>>;
  readonly locale: string | null;
}

export interface RecordedState {
  /** Site whose mode was looked up. */
  readonly siteId: string | null;
  readonly mode: Omit<SiteMode, 'siteId'> | null;
  /** Groups for which deny entries were looked up, beside the member. */
  readonly groups: readonly string[];
  /** `group` is null where the entry names the member. */
  readonly denies: readonly {
    readonly id: string;
    readonly group: string | null;
    readonly zones: readonly string[] | null;
    readonly untilMs: number | null;
  }[];
  /** null for a decision made without a guard. */
  readonly guard: RecordedGuard | null;
}

/** The guard's part of the state, with what was asked of it: what was not asked is not known. */
export interface RecordedGuard {
  readonly asked: Pick<AdmissionKeys, 'repeat' | 'passes' | 'area'>;
  readonly lastPermit: LastPermit | null;
  /** Entries counted, by rule. */
  readonly counted: Readonly<Record<string, RecordedCount>>;
  readonly passes: readonly Omit<Pass, 'merchantUserKey'>[];
  readonly area: (Omit<AreaView, 'companions'> & { readonly companionsAtMs: readonly number[] }) | null;
}

/** Entries of one period: a day of another clock has the same name, and is another time. */
export interface RecordedCount extends Pick<QuotaCounter, 'period' | 'sinceMs'> {
  readonly count: number;
}

/**
 * The inputs of a decision, for its record. JSON, without the member's key.
 *
 * @param view what the guard knew; for a decision without a guard the modes and deny entries that were known
 */
export function decisionInputs(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView | StateWithoutGuard,
  instantMs: number,
): DecisionInputs {
  const { mode } = view;
  return {
    v: 1,
    member: member === null ? null : factsOf(compiled, member),
    state: {
      siteId: verdict.siteId,
      mode: mode && { mode: mode.mode, untilMs: mode.untilMs, exemptGroups: mode.exemptGroups },
      groups: verdict.groups,
      denies: view.denies
        .filter((entry) => isAbout(entry, verdict, member))
        .map(({ id, subject, zones, untilMs }) => ({
          id,
          group: subject.kind === 'group' ? subject.group : null,
          zones,
          untilMs,
        })),
      guard: 'area' in view ? guardOf(compiled, verdict, member, view, instantMs) : null,
    },
  };
}

function factsOf(compiled: CompiledRelease, member: Member): MemberFacts {
  return {
    status: member.status,
    groups: member.groups,
    validFrom: member.validFrom ?? null,
    validUntil: member.validUntil ?? null,
    tags: Object.fromEntries(
      [...compiled.tagNames].map((name) => [name, comparableParam(member.tags, name) ?? null]),
    ),
    locale: member.locale ?? null,
  };
}

/** A record that names nobody must not take over entries about others. */
function isAbout({ subject }: DenyEntry, { groups }: Verdict, member: Member | null): boolean {
  if (subject.kind === 'group') return groups.includes(toNfc(subject.group));
  return member !== null && toNfc(subject.merchantUserKey) === toNfc(member.merchantUserKey);
}

function guardOf(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  { lastPermit, counters, passes, area }: GuardView,
  instantMs: number,
): RecordedGuard {
  // Only the keys that name nobody are taken over.
  const nobody = { merchantUserKey: '', params: {} };
  const {
    repeat,
    passes: askedPasses,
    area: askedArea,
  } = admissionKeys(compiled, verdict, nobody, member, instantMs);
  return {
    asked: { repeat, passes: askedPasses, area: askedArea },
    lastPermit,
    counted: Object.fromEntries(
      quotaCounters(compiled, verdict, member, instantMs).map(({ ruleId, key, period, sinceMs }) => [
        ruleId,
        { period, sinceMs, count: counters[key] ?? 0 },
      ]),
    ),
    passes: passes.map(({ merchantUserKey: _, ...pass }) => pass),
    area: area && {
      presence: area.presence,
      recent: area.recent,
      occupancy: area.occupancy,
      firstPersonAtMs: area.firstPersonAtMs,
      companionsAtMs: area.companions.map(({ atMs }) => atMs),
    },
  };
}
