import type { Change, GuardView } from '@facepass-kit/access';

type Permit = Extract<Change, { kind: 'permit' }>;

/**
 * The last permit of each person at each zone, for as long as it may be repeated. In memory only: every permit stands
 * in the outbox, in the same step in which it was given, and is read from there when the guard starts anew.
 */
export interface LastPermits {
  of(person: string, zoneId: string, sinceMs: number): GuardView['lastPermit'];
  keep(permit: Permit): void;
  forget(decisionId: string): void;
  forgetPerson(person: string): void;
  /** People who go by another name now. */
  rename(names: ReadonlyMap<string, string>): void;
  compact(instantMs: number): void;
}

/** The longest that a site may have a permit repeated (`repeatSeconds`). */
export const REPEATABLE_MS = 10 * 60_000;

/** @param recorded what earlier decisions changed, newest first */
export function createLastPermits(recorded: Iterable<Change>): LastPermits {
  const permits = new Map<string, Permit>();
  const keyOf = (person: string, zoneId: string): string => `${person} ${zoneId}`;
  for (const change of recorded) {
    if (change.kind !== 'permit') continue;
    const key = keyOf(change.merchantUserKey, change.zoneId);
    if (!permits.has(key)) permits.set(key, change);
  }
  const forgetWhere = (condition: (permit: Permit) => boolean): void => {
    for (const [key, permit] of permits) if (condition(permit)) permits.delete(key);
  };
  return {
    of(person, zoneId, sinceMs) {
      const permit = permits.get(keyOf(person, zoneId));
      return permit === undefined || permit.atMs < sinceMs
        ? null
        : { decisionId: permit.decisionId, atMs: permit.atMs, grant: permit.grant };
    },
    keep(permit) {
      permits.set(keyOf(permit.merchantUserKey, permit.zoneId), permit);
    },
    forget: (decisionId) => forgetWhere((permit) => permit.decisionId === decisionId),
    forgetPerson: (person) => forgetWhere((permit) => permit.merchantUserKey === person),
    rename(names) {
      for (const [key, permit] of permits) {
        const name = names.get(permit.merchantUserKey) ?? permit.merchantUserKey;
        if (name === permit.merchantUserKey) continue;
        permits.delete(key);
        permits.set(keyOf(name, permit.zoneId), { ...permit, merchantUserKey: name });
      }
    },
    compact: (instantMs) => forgetWhere((permit) => permit.expiresAtMs <= instantMs),
  };
}
