import type { AdmissionKeys, Change, CountedGrant, GuardView } from '@facepass-kit/access';
import type { DenyList } from './deny-list.ts';
import type { PassBook } from './pass-book.ts';
import type { Presence } from './presence.ts';
import type { SiteModes } from './site-modes.ts';

/** What rules remember between questions, as one: the view a question needs, and the changes an answer makes. */
export interface RuleMemory {
  view(keys: AdmissionKeys, decisionId: string): GuardView;
  apply(changes: readonly Change[]): void;
  /** Deletes everything about a person but where they are: an area's count must stay right. */
  forgetPerson(person: string): void;
  /** Deletes what no question can depend on any more. */
  compact(instantMs: number): void;
}

/**
 * A permit too old to be repeated stays until it is replaced by the next one at the same door: a deletion is
 * billed like a write, and most people come back.
 */
const PERMITS_KEPT_MS = 30 * 24 * 60 * 60_000;

export interface RuleMemoryParts {
  readonly modes: SiteModes;
  readonly denies: DenyList;
  readonly passes: PassBook;
  readonly presence: Presence;
}

export function createRuleMemory(sql: SqlStorage, parts: RuleMemoryParts): RuleMemory {
  const { modes, denies, passes, presence } = parts;

  const lastPermit = ({ merchantUserKey, repeat }: AdmissionKeys): GuardView['lastPermit'] => {
    if (repeat === null) return null;
    const [row] = sql
      .exec<{ decision_id: string; at: number; counted_by: string | null }>(
        'SELECT decision_id, at, counted_by FROM last_permits WHERE person = ? AND zone_id = ? AND at >= ?',
        merchantUserKey,
        repeat.zoneId,
        repeat.sinceMs,
      )
      .toArray();
    if (row === undefined) return null;
    // Written below, and by nothing else.
    const grant = row.counted_by === null ? null : (JSON.parse(row.counted_by) as CountedGrant);
    return { decisionId: row.decision_id, atMs: row.at, grant };
  };

  const counters = (keys: readonly string[]): Record<string, number> => {
    if (keys.length === 0) return {};
    const rows = sql.exec<{ key: string; value: number }>(
      'SELECT counters.key, counters.value FROM json_each(?) AS wanted JOIN counters ON counters.key = wanted.value',
      JSON.stringify(keys),
    );
    return Object.fromEntries(rows.toArray().map(({ key, value }) => [key, value]));
  };

  const applyOne = (change: Change): void => {
    switch (change.kind) {
      case 'permit':
        sql.exec(
          `INSERT OR REPLACE INTO last_permits (person, zone_id, decision_id, at, counted_by, expires_at)
           VALUES (?, ?, ?, ?, ?, ?)`,
          change.merchantUserKey,
          change.zoneId,
          change.decisionId,
          change.atMs,
          change.grant === null ? null : JSON.stringify(change.grant),
          change.expiresAtMs,
        );
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
        presence.forget(change.decisionId);
        sql.exec('DELETE FROM last_permits WHERE decision_id = ?', change.decisionId);
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
    forgetPerson(person) {
      sql.exec('DELETE FROM last_permits WHERE person = ?', person);
      // The person is the second part of a counter's key, and no other part can hold this text.
      sql.exec('DELETE FROM counters WHERE instr(key, ?) > 0', JSON.stringify(person));
      sql.exec('DELETE FROM passes WHERE person = ?', person);
      sql.exec("DELETE FROM denies WHERE kind = 'member' AND subject = ?", person);
    },
    compact(instantMs) {
      sql.exec('DELETE FROM last_permits WHERE expires_at <= ?', instantMs - PERMITS_KEPT_MS);
      sql.exec('DELETE FROM counters WHERE expires_at <= ?', instantMs);
      denies.compact(instantMs);
      passes.compact(instantMs);
      presence.compact(instantMs);
    },
  };
}
