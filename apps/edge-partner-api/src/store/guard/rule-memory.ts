import { type AdmissionKeys, type Change, type GuardView, revoke } from '@facepass-kit/access';
import type { DenyList } from './deny-list.ts';
import type { LastPermits } from './last-permits.ts';
import type { PassBook } from './pass-book.ts';
import type { Presence, Visit } from './presence.ts';
import type { SiteModes } from './site-modes.ts';

/** What rules remember between questions, as one: the view a question needs, and the changes an answer makes. */
export interface RuleMemory {
  view(keys: AdmissionKeys, decisionId: string): GuardView;
  /** Writes what an answer changes, but for the permit itself, which its record in the outbox is. */
  apply(changes: readonly Change[]): void;
  /** Takes the permit over once its record is written: a step that fails half-way must leave nothing in memory. */
  remember(changes: readonly Change[]): void;
  /** Gives back what a permit that nobody used reserved. Counts are differences: at most once for a decision. */
  takeBack(decisionId: string, changes: readonly Change[]): void;
  /** Deletes everything about a person but where they are: an area's count must stay right. */
  forgetPerson(person: string): void;
  /** What is kept in memory, of people who go by another name now. */
  rename(names: ReadonlyMap<string, string>): void;
  /** Deletes what no question can depend on any more. */
  compact(instantMs: number): void;
}

export interface RuleMemoryParts {
  readonly modes: SiteModes;
  readonly denies: DenyList;
  readonly passes: PassBook;
  readonly presence: Presence;
  readonly permits: LastPermits;
}

export function createRuleMemory(sql: SqlStorage, parts: RuleMemoryParts): RuleMemory {
  const { modes, denies, passes, presence, permits } = parts;

  const lastPermit = ({ merchantUserKey, repeat }: AdmissionKeys): GuardView['lastPermit'] =>
    repeat === null ? null : permits.of(merchantUserKey, repeat.zoneId, repeat.sinceMs);

  const counters = (keys: readonly string[]): Record<string, number> => {
    if (keys.length === 0) return {};
    const rows = sql.exec<{ key: string; value: number }>(
      'SELECT counters.key, counters.value FROM json_each(?) AS wanted JOIN counters ON counters.key = wanted.value',
      JSON.stringify(keys),
    );
    return Object.fromEntries(rows.toArray().map(({ key, value }) => [key, value]));
  };

  const applyOne = (change: Change, visits: readonly Visit[] = []): void => {
    switch (change.kind) {
      case 'permit':
        return;
      case 'count':
        sql.exec(
          `INSERT INTO counters (key, value, expires_at) VALUES (?1, max(?2, 0), ?3)
           ON CONFLICT (key) DO UPDATE SET value = max(value + ?2, 0), expires_at = excluded.expires_at`,
          change.key,
          change.by,
          change.expiresAtMs,
        );
        return;
      case 'pass':
        passes.spend(change.passId, change.by);
        return;
      case 'presence':
        presence.record({ ...change, person: change.merchantUserKey });
        return;
      case 'firstPerson':
        presence.firstPerson(change.areaId, change.decisionId, change.atMs);
        return;
      case 'companion':
        presence.companion({ ...change, person: change.merchantUserKey });
        return;
      case 'forget':
        presence.forget(change.decisionId, visits);
        permits.forget(change.decisionId);
        return;
      default:
        change satisfies never;
    }
  };

  return {
    view: (keys, decisionId) => ({
      decisionId,
      mode: keys.siteId === null ? null : modes.of(keys.siteId),
      denies: denies.about(keys.merchantUserKey, keys.groups),
      lastPermit: lastPermit(keys),
      counters: counters(keys.counters),
      passes: keys.passes ? passes.of(keys.merchantUserKey) : [],
      area:
        keys.area === null
          ? null
          : presence.view(keys.merchantUserKey, keys.area, keys.repeat?.sinceMs ?? null),
    }),
    apply(changes) {
      for (const change of changes) applyOne(change);
    },
    remember(changes) {
      for (const change of changes) if (change.kind === 'permit') permits.keep(change);
    },
    takeBack(decisionId, changes) {
      const visits = changes.flatMap((change) =>
        change.kind === 'presence' ? [{ areaId: change.areaId, person: change.merchantUserKey }] : [],
      );
      for (const change of revoke(decisionId, changes)) applyOne(change, visits);
    },
    forgetPerson(person) {
      permits.forgetPerson(person);
      // The person is the second part of a counter's key, and no other part can hold this text.
      sql.exec('DELETE FROM counters WHERE instr(key, ?) > 0', JSON.stringify(person));
      sql.exec('DELETE FROM passes WHERE person = ?', person);
      sql.exec("DELETE FROM denies WHERE kind = 'member' AND subject = ?", person);
    },
    rename: (names) => permits.rename(names),
    compact(instantMs) {
      permits.compact(instantMs);
      sql.exec('DELETE FROM counters WHERE expires_at <= ?', instantMs);
      denies.compact(instantMs);
      passes.compact(instantMs);
      presence.compact(instantMs);
    },
  };
}
