import type { CompiledRelease } from '@facepass-kit/access';
import { type Explanation, explain } from '@facepass-kit/access/analysis';
import { doorInputs, type LoggedDecision } from './door-inputs.ts';

/** What is explained: a decision out of the log, or the answer of `POST /admin/v1/explain` with its question. */
export type Explainable = Omit<LoggedDecision, 'id' | 'effect' | 'releaseHash' | 'merchantUserKey'> & {
  readonly merchantUserKey: string;
};

/**
 * Why a decision came out as it did: every rule and what kept it from applying, the nearest miss, what would let the
 * person in, and when they may enter if nothing but time changes. Worked out by whoever asks: the Worker at the doors
 * carries nothing of it. In a decision out of the log quotas that played no part in it count as unspent.
 *
 * @param compiled the release it was made under (`releaseHash`)
 * @returns null where the door had no inputs to write
 */
export function explainDecision(decision: Explainable, compiled: CompiledRelease): Explanation | null {
  const { at, params, memberVersion, merchantUserKey } = decision;
  const door = doorInputs(decision, merchantUserKey);
  if (door === null) return null;
  const { facts, siteId, view } = door;
  const member = facts && { ...facts, merchantUserKey, version: memberVersion ?? 0 };
  const question = { merchantUserKey, params, siteId: siteId ?? undefined };
  return explain(compiled, member, question, at, 'counters' in view ? view : null);
}
