import type { Change } from './guard-view.ts';

/**
 * Takes back what a permit reserved, for one that was never used: no entry was seen at the device in history
 * known to be complete. Counts and pass uses are given back; presence, first person and the permit itself are
 * forgotten by decision id, so that what happened later stands.
 *
 * The guard applies it at most once per decision: counts are differences.
 *
 * @param changes what `admit` returned for the permit
 */
export function revoke(decisionId: string, changes: readonly Change[]): readonly Change[] {
  const given = changes.flatMap((change): Change[] => {
    if (change.kind === 'count') return [{ ...change, by: change.by === 1 ? -1 : 1 }];
    if (change.kind === 'pass') return [{ ...change, by: change.by === 1 ? -1 : 1 }];
    return [];
  });
  return [...given, { kind: 'forget', decisionId }];
}
