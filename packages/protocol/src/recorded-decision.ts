import { type CompiledRelease, decide, decisionInputs, type Reason } from '@facepass-kit/access';
import type { RecordedDecision } from '@facepass-kit/access/analysis';
import { doorInputs, type LoggedDecision } from './door-inputs.ts';

/**
 * A decision out of the log, as `replay` of `@facepass-kit/access/analysis` takes it.
 *
 * @param compiled the release in force then (`releaseHash`); undefined where it is not at hand
 */
export function recordedDecision(
  logged: LoggedDecision,
  compiled: CompiledRelease | undefined,
): RecordedDecision {
  const { id, at, effect, params, releaseHash, memberVersion, merchantUserKey } = logged;
  const name = merchantUserKey ?? '';
  const door = doorInputs(logged, name);
  const record: RecordedDecision = {
    id,
    atMs: at,
    effect,
    // A reason of a later version is no other word of ours, and compares as different.
    reason: logged.reason as Reason,
    params,
    siteId: door?.siteId ?? null,
    releaseHash,
    merchantUserKey,
    inputs: null,
  };
  if (door === null || compiled === undefined) return record;
  const { facts, siteId, view } = door;
  const member = facts && { ...facts, merchantUserKey: name, version: memberVersion ?? 0 };
  const question = { merchantUserKey: name, params, siteId: siteId ?? undefined };
  const verdict = decide(compiled, member, question, at);
  return { ...record, inputs: decisionInputs(compiled, verdict, member, view, at) };
}
