import { passCanHelp, quotaCounters } from './admission-keys.ts';
import { comparableParam } from './comparable.ts';
import type { CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { AreaView, GuardView, LastPermit, Pass, SiteMode } from './guard-view.ts';
import type { Member } from './model.ts';

/**
 * What a decision depended on, beside the release, the question and the instant: enough to make it again. Says
 * nothing of who the member is, and of their tags only those the rules ask for.
 */
export interface DecisionInputs {
  readonly v: 1;
  /** null where the directory knew nobody. */
  readonly member: MemberFacts | null;
  /** null for a decision made without a guard. */
  readonly state: RecordedState | null;
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
  readonly mode: Omit<SiteMode, 'siteId'> | null;
  /** `group` is null where the entry names the member. */
  readonly denies: readonly {
    readonly id: string;
    readonly group: string | null;
    readonly zones: readonly string[] | null;
    readonly untilMs: number | null;
  }[];
  readonly lastPermit: LastPermit | null;
  /** Entries counted, by rule. */
  readonly counted: Readonly<Record<string, number>>;
  /** null where passes were not looked at. */
  readonly passes: readonly Omit<Pass, 'merchantUserKey'>[] | null;
  readonly area:
    | (Omit<AreaView, 'companions'> & { readonly areaId: string; readonly companionsAtMs: readonly number[] })
    | null;
}

/** The inputs of a decision, for its record. JSON, without the member's key. */
export function decisionInputs(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView | null,
  instantMs: number,
): DecisionInputs {
  return {
    v: 1,
    member: member === null ? null : factsOf(compiled, member),
    state: view === null ? null : stateOf(compiled, verdict, member, view, instantMs),
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

function stateOf(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  view: GuardView,
  instantMs: number,
): RecordedState {
  const counters = quotaCounters(compiled, verdict, member, instantMs);
  const { mode, area } = view;
  return {
    mode: mode === null ? null : { mode: mode.mode, untilMs: mode.untilMs, exemptGroups: mode.exemptGroups },
    denies: view.denies.map(({ id, subject, zones, untilMs }) => ({
      id,
      group: subject.kind === 'group' ? subject.group : null,
      zones,
      untilMs,
    })),
    lastPermit: view.lastPermit,
    counted: Object.fromEntries(counters.map(({ ruleId, key }) => [ruleId, view.counters[key] ?? 0])),
    passes:
      passCanHelp(verdict) || counters.length > 0
        ? view.passes.map(({ merchantUserKey: _, ...pass }) => pass)
        : null,
    area:
      area === null || verdict.areaId === null
        ? null
        : {
            areaId: verdict.areaId,
            presence: area.presence,
            recent: area.recent,
            occupancy: area.occupancy,
            firstPersonAtMs: area.firstPersonAtMs,
            companionsAtMs: area.companions.map(({ atMs }) => atMs),
          },
  };
}
