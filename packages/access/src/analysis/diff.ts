import type { CompiledRelease } from '../compile/compiled.ts';
import { decide, type Verdict } from '../decide.ts';
import type { Member, Question } from '../model.ts';

/** A question with the facts and the instant it is judged by. */
export interface Probe {
  readonly member: Member | null;
  readonly question: Question;
  readonly instantMs: number;
}

export interface Flip {
  readonly probe: Probe;
  readonly before: Verdict;
  readonly after: Verdict;
}

export interface ReleaseDiff {
  /** Permitted before, denied after. */
  readonly nowDenied: readonly Flip[];
  /** Denied before, permitted after. */
  readonly nowPermitted: readonly Flip[];
  /** Denied by both, for another reason. */
  readonly otherReason: readonly Flip[];
  readonly unchanged: number;
}

/** What a change of rules would change for these questions, with the verdicts of both. */
export function diff(before: CompiledRelease, after: CompiledRelease, probes: Iterable<Probe>): ReleaseDiff {
  const nowDenied: Flip[] = [];
  const nowPermitted: Flip[] = [];
  const otherReason: Flip[] = [];
  let unchanged = 0;
  for (const probe of probes) {
    const flip = {
      probe,
      before: decide(before, probe.member, probe.question, probe.instantMs),
      after: decide(after, probe.member, probe.question, probe.instantMs),
    };
    if (flip.before.effect !== flip.after.effect) {
      (flip.after.effect === 'deny' ? nowDenied : nowPermitted).push(flip);
    } else if (flip.before.reason !== flip.after.reason) otherReason.push(flip);
    else unchanged += 1;
  }
  return { nowDenied, nowPermitted, otherReason, unchanged };
}
