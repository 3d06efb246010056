import type { MemberFacts, MemberVersion, Person } from '../member-directory.ts';
import { createEmptiness } from './emptiness.ts';

/**
 * Member changes younger than KV's horizon: what KV may not show yet is answered from here. An entry goes once
 * its version was written to KV and every location must have seen that.
 */
export interface Overlay {
  get(person: Person): MemberVersion | null;
  /** Takes a change over unless a newer version is already here. */
  apply(change: MemberVersion): void;
  /** The person of this change goes by another name: nobody stands under this one. */
  movedAway(change: Pick<MemberVersion, 'person' | 'version'>): void;
  /** Oldest changes still to be written to KV. */
  unprojected(limit: number): MemberVersion[];
  projected(change: MemberVersion, atMs: number): void;
  /** Drops what was written to KV before `beforeMs`. */
  compact(beforeMs: number): void;
  /** When the oldest written entry was written, or null. */
  oldestProjection(): number | null;
  /** Entries were written by somebody else: by a renaming. */
  filled(): void;
}

/**
 * JSON's null, which is read as no facts like that of somebody who is gone: nobody stands under the name any more. It goes
 * on under no other name, whenever the same renaming comes again: the person is there, and no change of theirs is this.
 */
export const MOVED_AWAY = 'null';

type Row = { person: string; version: number; facts: string | null };

export function createOverlay(sql: SqlStorage): Overlay {
  const emptiness = createEmptiness(sql, 'overlay');
  const write = (person: Person, version: number, facts: string | null): void => {
    emptiness.filling();
    sql.exec(
      `INSERT INTO overlay (person, version, facts, projected_at) VALUES (?, ?, ?, NULL)
       ON CONFLICT (person) DO UPDATE SET version = excluded.version, facts = excluded.facts, projected_at = NULL
       WHERE excluded.version > overlay.version`,
      person,
      version,
      facts,
    );
  };
  return {
    get(person) {
      if (emptiness.isEmpty()) return null;
      const [row] = sql
        .exec<Row>('SELECT person, version, facts FROM overlay WHERE person = ?', person)
        .toArray();
      return row === undefined ? null : read(row);
    },
    apply: ({ person, version, facts }) =>
      write(person, version, facts === null ? null : JSON.stringify(facts)),
    movedAway: ({ person, version }) => write(person, version, MOVED_AWAY),
    unprojected: (limit) =>
      sql
        .exec<Row>('SELECT person, version, facts FROM overlay WHERE projected_at IS NULL LIMIT ?', limit)
        .toArray()
        .map(read),
    projected({ person, version }, atMs) {
      sql.exec('UPDATE overlay SET projected_at = ? WHERE person = ? AND version = ?', atMs, person, version);
    },
    compact(beforeMs) {
      if (emptiness.isEmpty()) return;
      sql.exec('DELETE FROM overlay WHERE projected_at < ?', beforeMs);
      emptiness.look();
    },
    oldestProjection: () =>
      sql.exec<{ at: number | null }>('SELECT min(projected_at) AS at FROM overlay').one().at,
    filled: () => emptiness.look(),
  };
}

function read({ person, version, facts }: Row): MemberVersion {
  // Written by `apply` from validated facts, and as MOVED_AWAY.
  return { person, version, facts: facts === null ? null : (JSON.parse(facts) as MemberFacts) };
}
