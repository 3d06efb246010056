import { type AdmissionKeys, admissionKeys, quotaCounters } from '../admission-keys.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { decide, type Verdict } from '../decide.ts';
import { rulesOf } from '../evaluate-rules.ts';
import { matchZones } from '../match-zones.ts';
import type { Member, Question } from '../model.ts';

/**
 * Names the state that explaining a question needs: what `admissionKeys` names for answering it, and what the same
 * question would need once its denial is over, which is passes and the count of every quota at the zones asked about.
 *
 * @example
 * const view = guard.view(explanationKeys(compiled, member, question, now), 'explained');
 * explain(compiled, member, question, now, view);
 */
export function explanationKeys(
  compiled: CompiledRelease,
  member: Member | null,
  question: Question,
  instantMs: number,
): AdmissionKeys {
  const verdict = decide(compiled, member, question, instantMs);
  const keys = admissionKeys(compiled, verdict, question, member, instantMs);
  const match = matchZones(compiled.zones, question);
  if ('problem' in match) return keys;
  const permits = rulesOf(match.zones).filter(({ effect }) => effect === 'permit');
  const counters = permits.flatMap(({ id }) => {
    const permitted: Verdict = { ...verdict, effect: 'permit', ruleIds: [id] };
    return quotaCounters(compiled, permitted, member, instantMs).map(({ key }) => key);
  });
  return { ...keys, counters: [...new Set([...keys.counters, ...counters])], passes: true };
}
