import { admissionKeys, quotaCounters } from '../admission-keys.ts';
import { admit, type Decision, decideWithoutGuard } from '../admit.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { decide, type Verdict } from '../decide.ts';
import type { DecisionInputs, MemberFacts, RecordedState } from '../decision-inputs.ts';
import type { AreaView, GuardView } from '../guard-view.ts';
import { matchZones } from '../match-zones.ts';
import type { Effect, Member, Question } from '../model.ts';
import type { Reason } from '../reasons.ts';

/** A decision as it was recorded. */
export interface RecordedDecision {
  readonly id: string;
  readonly atMs: number;
  readonly effect: Effect;
  readonly reason: Reason;
  readonly params: Question['params'];
  readonly siteId: string | null;
  /** The release in force then. */
  readonly releaseHash: string | null;
  /** null where the person is no longer known, or not to be asked for. */
  readonly merchantUserKey: string | null;
  readonly inputs: DecisionInputs | null;
}

export type NotReplayable =
  /** The release in force then is not at hand. */
  | 'release_missing'
  /** The record has no inputs. */
  | 'inputs_missing'
  /** A rule names members, and the record does not say whom it is about. */
  | 'person_unknown'
  /** The rules ask for a tag that was not recorded. */
  | 'tag_not_recorded'
  /** The rules depend on state of the guard that was not recorded. */
  | 'state_not_recorded';

export type Replay =
  | {
      readonly recorded: RecordedDecision;
      readonly outcome: 'same' | 'different';
      readonly decision: Decision;
    }
  | { readonly recorded: RecordedDecision; readonly outcome: 'not_replayable'; readonly why: NotReplayable };

/**
 * Makes recorded decisions again. Against the releases in force then, a decision that comes out differently is
 * a fault; against a draft (`() => draft`), it is what the draft would have changed.
 *
 * @param releaseOf the compiled release of a hash; undefined where it is not at hand
 */
export function replay(
  decisions: Iterable<RecordedDecision>,
  releaseOf: (releaseHash: string | null) => CompiledRelease | undefined,
): readonly Replay[] {
  return [...decisions].map((recorded) => {
    const compiled = releaseOf(recorded.releaseHash);
    const again = compiled === undefined ? 'release_missing' : decideAgain(compiled, recorded);
    if (typeof again === 'string') return { recorded, outcome: 'not_replayable', why: again };
    const isSame = again.effect === recorded.effect && again.reason === recorded.reason;
    return { recorded, outcome: isSame ? 'same' : 'different', decision: again };
  });
}

// Stands for somebody whose key is not known, where no rule names members.
const SOMEBODY = '\u0000somebody';

function decideAgain(compiled: CompiledRelease, recorded: RecordedDecision): Decision | NotReplayable {
  const { inputs, atMs } = recorded;
  if (inputs === null) return 'inputs_missing';
  const question: Question = {
    merchantUserKey: recorded.merchantUserKey ?? SOMEBODY,
    params: recorded.params,
    siteId: recorded.siteId ?? undefined,
  };
  if (inputs.member !== null) {
    const facts = inputs.member;
    if (recorded.merchantUserKey === null && namesMembers(compiled, question)) return 'person_unknown';
    if ([...compiled.tagNames].some((name) => !(name in facts.tags))) return 'tag_not_recorded';
  }
  const member = inputs.member === null ? null : memberFrom(inputs.member, question.merchantUserKey);
  const verdict = decide(compiled, member, question, atMs);
  if (inputs.state === null) {
    const unguarded = { decisionId: recorded.id, mode: null, denies: [] };
    return decideWithoutGuard(compiled, verdict, question, unguarded, atMs);
  }
  const view = viewFrom(compiled, verdict, question, member, inputs.state, recorded);
  return view === null
    ? 'state_not_recorded'
    : admit(compiled, verdict, question, member, view, atMs).decision;
}

function namesMembers(compiled: CompiledRelease, question: Question): boolean {
  const match = matchZones(compiled.zones, question);
  if ('problem' in match) return false;
  return match.zones
    .flatMap((zone) => zone.rules)
    .some((rule) => {
      const who = compiled.rules.get(rule.id)?.who;
      return who?.members !== undefined || (who?.except?.members.length ?? 0) > 0;
    });
}

function memberFrom({ tags, validFrom, validUntil, locale, ...facts }: MemberFacts, key: string): Member {
  return {
    status: facts.status,
    groups: [...facts.groups],
    merchantUserKey: key,
    validFrom: validFrom ?? undefined,
    validUntil: validUntil ?? undefined,
    locale: locale ?? undefined,
    tags: Object.fromEntries(
      Object.entries(tags).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    version: 0,
  };
}

/** The guard's view from its record; null where this release needs state the record does not have. */
function viewFrom(
  compiled: CompiledRelease,
  verdict: Verdict,
  question: Question,
  member: Member | null,
  state: RecordedState,
  { id, atMs }: RecordedDecision,
): GuardView | null {
  const { merchantUserKey } = question;
  const keys = admissionKeys(compiled, verdict, question, member, atMs);
  const counters: Record<string, number> = {};
  for (const { key, ruleId } of quotaCounters(compiled, verdict, member, atMs)) {
    const count = state.counted[ruleId];
    if (count === undefined) return null;
    counters[key] = count;
  }
  if (keys.passes && state.passes === null) return null;
  if (keys.area !== null && keys.area.areaId !== state.area?.areaId) return null;
  return {
    decisionId: id,
    mode: state.mode === null || verdict.siteId === null ? null : { ...state.mode, siteId: verdict.siteId },
    denies: state.denies.map(({ group, ...entry }) => ({
      ...entry,
      subject: group === null ? { kind: 'member', merchantUserKey } : { kind: 'group', group },
    })),
    lastPermit: state.lastPermit,
    counters,
    passes: (state.passes ?? []).map((pass) => ({ ...pass, merchantUserKey })),
    area: keys.area === null || state.area === null ? null : areaFrom(state.area),
  };
}

function areaFrom({ companionsAtMs, ...area }: NonNullable<RecordedState['area']>): AreaView {
  return {
    presence: area.presence,
    recent: area.recent,
    occupancy: area.occupancy,
    firstPersonAtMs: area.firstPersonAtMs,
    companions: companionsAtMs.map((atMs, position) => ({ merchantUserKey: `companion ${position}`, atMs })),
  };
}
