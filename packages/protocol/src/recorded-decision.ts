import {
  type CompiledRelease,
  type DecisionInputs,
  decide,
  decisionInputs,
  type GuardView,
  type Member,
  type Reason,
  type StateWithoutGuard,
} from '@facepass-kit/access';
import type { RecordedDecision } from '@facepass-kit/access/analysis';
import type { DecisionMessage } from './decision-message.ts';

/** A decision as the admin API and the mirror give it back. */
export type LoggedDecision = Pick<
  DecisionMessage,
  'id' | 'at' | 'effect' | 'reason' | 'params' | 'releaseHash' | 'memberVersion' | 'inputs'
> & { readonly merchantUserKey: string | null };

type View = GuardView | StateWithoutGuard;

/** What a door writes as `inputs`: as it was at hand, so that no question pays for a replay nobody may ever want. */
interface DoorInputs {
  readonly facts: Omit<Member, 'merchantUserKey' | 'version'> | null;
  readonly siteId: string | null;
  readonly view: View;
}

/**
 * A decision out of the log, as `replay` of `@facepass-kit/access/analysis` takes it. Inputs are null where the door had
 * none to write: an answer given without the guard or the member's facts, or one whose inputs were too large to keep.
 *
 * @param compiled the release in force then (`releaseHash`); undefined where it is not at hand
 */
export function recordedDecision(
  logged: LoggedDecision,
  compiled: CompiledRelease | undefined,
): RecordedDecision {
  const { id, at, effect, params, releaseHash, merchantUserKey } = logged;
  const door = doorInputs(logged);
  return {
    id,
    atMs: at,
    effect,
    // A reason of a later version is no other word of ours, and compares as different.
    reason: logged.reason as Reason,
    params,
    siteId: door?.siteId ?? null,
    releaseHash,
    merchantUserKey,
    inputs: door === null || compiled === undefined ? null : inputsOf(compiled, logged, door),
  };
}

function doorInputs({ inputs, reason }: LoggedDecision): DoorInputs | null {
  // Of this reason the facts say nothing: they could not be read.
  if (reason === 'unavailable' || typeof inputs['view'] !== 'object' || inputs['view'] === null) return null;
  // Written by a door that had these types at hand, and by nothing else.
  return inputs as unknown as DoorInputs;
}

function inputsOf(
  compiled: CompiledRelease,
  { at, memberVersion, params, merchantUserKey: known }: LoggedDecision,
  { facts, siteId, view }: DoorInputs,
): DecisionInputs {
  const merchantUserKey = known ?? '';
  const member = facts === null ? null : { ...facts, merchantUserKey, version: memberVersion ?? 0 };
  const verdict = decide(compiled, member, { merchantUserKey, params, siteId: siteId ?? undefined }, at);
  // The rules compare keys; what the guard remembers names people by their pseudonym.
  const subject = member && { ...member, merchantUserKey: pseudonymIn(view) };
  return decisionInputs(compiled, verdict, subject, view, at);
}

/** Under which name the guard knows whom the decision is about: nobody else is named in what it was asked for. */
function pseudonymIn(view: View): string {
  const [deny] = view.denies.flatMap(({ subject }) =>
    subject.kind === 'member' ? [subject.merchantUserKey] : [],
  );
  if (deny !== undefined) return deny;
  // A counter's key is the rule, the person and the period, as JSON.
  const [counter] = 'counters' in view ? Object.keys(view.counters) : [];
  const parts: unknown = counter === undefined ? [] : JSON.parse(counter);
  return Array.isArray(parts) && typeof parts[1] === 'string' ? parts[1] : '';
}
