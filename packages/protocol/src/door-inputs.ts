import type { GuardView, Member, StateWithoutGuard } from '@facepass-kit/access';
import type { DecisionMessage } from './decision-message.ts';

/** A decision as the admin API and the mirror give it back. */
export type LoggedDecision = Pick<
  DecisionMessage,
  'id' | 'at' | 'effect' | 'reason' | 'params' | 'releaseHash' | 'memberVersion' | 'inputs'
> & { readonly merchantUserKey: string | null };

/** What a door writes as `inputs`: as it was at hand, so that no question pays for a replay nobody may ever want. */
export interface DoorInputs<View extends StateWithoutGuard = GuardView | StateWithoutGuard> {
  readonly facts: Omit<Member, 'merchantUserKey' | 'version'> | null;
  /** The site the question named. */
  readonly siteId: string | null;
  /** What the guard knew, or where none was asked what KV showed. The person goes by a pseudonym in it. */
  readonly view: View;
}

/**
 * What a decision out of the log depended on, the person named by `merchantUserKey` again; null where the door had nothing
 * to write: an answer given without the guard or the member's facts, or one whose inputs were too large to keep.
 */
export function doorInputs(
  { inputs, reason }: Pick<LoggedDecision, 'inputs' | 'reason'>,
  merchantUserKey: string,
): DoorInputs | null {
  // Of this reason the facts say nothing: they could not be read.
  if (reason === 'unavailable' || typeof inputs['view'] !== 'object' || inputs['view'] === null) return null;
  // Written by a door that had these types at hand, and by nothing else.
  const door = inputs as unknown as DoorInputs;
  return { ...door, view: named(door.view, merchantUserKey.normalize('NFC')) };
}

/** Nobody else is named in a view: the guard is asked about one person. */
function named(view: DoorInputs['view'], merchantUserKey: string): DoorInputs['view'] {
  const denies = view.denies.map((deny) =>
    deny.subject.kind === 'group' ? deny : { ...deny, subject: { ...deny.subject, merchantUserKey } },
  );
  if (!('counters' in view)) return { ...view, denies };
  return {
    ...view,
    denies,
    passes: view.passes.map((pass) => ({ ...pass, merchantUserKey })),
    counters: Object.fromEntries(
      Object.entries(view.counters).map(([key, count]) => [counterOf(key, merchantUserKey), count]),
    ),
  };
}

/** A counter's key with another name in it: the rule, the person and the period, as JSON. */
export function counterOf(key: string, name: string): string {
  const [rule, , period]: readonly unknown[] = JSON.parse(key);
  return JSON.stringify([rule, name, period]);
}
