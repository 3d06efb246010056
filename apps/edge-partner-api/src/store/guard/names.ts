import type { Change } from '@facepass-kit/access';
import type { PersonReference } from '@facepass-kit/protocol';
import type { Person } from '../member-directory.ts';
import { valuePieces } from '../value-pieces.ts';
import { createEmptiness } from './emptiness.ts';
import { MOVED_AWAY } from './overlay.ts';

/** A person's name before and after the pepper was changed. */
export interface GuardRenaming {
  readonly from: Person;
  readonly to: Person;
  /** The key, sealed for the new name; for passes and entries of the deny list. */
  readonly sealed: string;
  /** The member as the directory has them; absent for somebody who is none. */
  readonly member?: { readonly version: number; readonly facts: string };
}

/**
 * Under which name the guard keeps a person. While the pepper is being changed a question comes under both names,
 * or, from a Worker of before, under the old one alone: whichever it is, what is remembered is found.
 */
export interface Names {
  of(reference: Pick<PersonReference, 'hmac' | 'former'>): Person;
  /** Every name the person had or has, `person` first. */
  all(person: Person): Person[];
  /** The names under which KV may have somebody who is asked about, the present one first. */
  asked(reference: Pick<PersonReference, 'hmac' | 'former'>): Person[];
  /** A change that was recorded under an earlier name, under the present one. */
  translate(change: Change): Change;
  /** Moves everything that is remembered of these people. Doing it again changes nothing. */
  rename(renamings: readonly GuardRenaming[]): void;
  /** Forgets the old names; whoever still asks under one finds nothing. */
  forgetFormer(): void;
}

/** @param moved told after rows of other tables were written */
export function createNames(sql: SqlStorage, moved: () => void): Names {
  const emptiness = createEmptiness(sql, 'renames');

  const current = (person: Person): Person => {
    if (emptiness.isEmpty()) return person;
    const [row] = sql
      .exec<{ person: string }>('SELECT person FROM renames WHERE former = ?', person)
      .toArray();
    return row?.person ?? person;
  };

  return {
    of: ({ hmac, former }) => current(former ?? hmac),
    all(person) {
      if (emptiness.isEmpty()) return [person];
      const rows = sql
        .exec<{ former: string }>('SELECT former FROM renames WHERE person = ?', person)
        .toArray();
      return [person, ...rows.map(({ former }) => former)];
    },
    asked: ({ hmac, former = hmac }) => [...new Set([current(former), hmac, former])],
    translate(change) {
      if (emptiness.isEmpty()) return change;
      if ('merchantUserKey' in change) return { ...change, merchantUserKey: current(change.merchantUserKey) };
      if (change.kind !== 'count') return change;
      // [rule, person, period], as the rules write it.
      const [rule, person, period] = JSON.parse(change.key) as [string, string, string];
      return { ...change, key: JSON.stringify([rule, current(person), period]) };
    },
    rename(renamings) {
      for (const piece of valuePieces(renamings)) {
        const json = JSON.stringify(piece);
        for (const statement of MOVES) sql.exec(statement, json);
      }
      sql.exec('DELETE FROM renames WHERE former = person');
      emptiness.look();
      // Nobody is under another name where only the data key was changed.
      if (!emptiness.isEmpty()) for (const statement of FOLLOW) sql.exec(statement);
      moved();
    },
    forgetFormer() {
      sql.exec('DELETE FROM renames');
      emptiness.look();
    },
  };
}

const FROM = "moved.value ->> 'from'";
const TO = "moved.value ->> 'to'";

/** What is looked up by the name, and brings something with it. */
const MOVES: readonly string[] = [
  `INSERT INTO renames (former, person) SELECT ${FROM}, ${TO} FROM json_each(?1) AS moved
   WHERE ${FROM} <> ${TO} ON CONFLICT (former) DO UPDATE SET person = excluded.person`,
  // Somebody whose name changed twice is found under the first as well, and nobody under their own.
  `UPDATE renames SET person = ${TO} FROM json_each(?1) AS moved WHERE person = ${FROM}`,
  // The newest of what the guard knew under the old name and what the directory says goes on under the new one ...
  `INSERT INTO overlay (person, version, facts, projected_at)
   SELECT ${TO}, moved.value ->> 'member' ->> 'version', moved.value ->> 'member' ->> 'facts', NULL FROM json_each(?1) AS moved
   WHERE ${FROM} <> ${TO} AND moved.value ->> 'member' IS NOT NULL
   ON CONFLICT (person) DO UPDATE SET version = excluded.version, facts = excluded.facts, projected_at = NULL
   WHERE excluded.version > overlay.version`,
  `INSERT INTO overlay (person, version, facts, projected_at)
   SELECT ${TO}, old.version, old.facts, NULL FROM json_each(?1) AS moved JOIN overlay AS old ON old.person = ${FROM}
   WHERE ${FROM} <> ${TO} AND old.facts IS NOT '${MOVED_AWAY}'
   ON CONFLICT (person) DO UPDATE SET version = excluded.version, facts = excluded.facts, projected_at = NULL
   WHERE excluded.version > overlay.version`,
  // ... and KV forgets the old one.
  `INSERT INTO overlay (person, version, facts, projected_at)
   SELECT ${FROM}, moved.value ->> 'member' ->> 'version', '${MOVED_AWAY}', NULL FROM json_each(?1) AS moved
   WHERE ${FROM} <> ${TO} AND moved.value ->> 'member' IS NOT NULL
   ON CONFLICT (person) DO UPDATE SET facts = '${MOVED_AWAY}', projected_at = NULL`,
  `UPDATE passes SET person = ${TO}, sealed = moved.value ->> 'sealed' FROM json_each(?1) AS moved WHERE person = ${FROM}`,
  `UPDATE denies SET subject = ${TO}, sealed = moved.value ->> 'sealed' FROM json_each(?1) AS moved
   WHERE kind = 'member' AND subject = ${FROM}`,
];

/** Looked up for each row. A join with the list would read each row once for every name. */
const FORMER = '(SELECT former FROM renames)';

/** Everything else that stands under a former name: a scan of each table, however many people are moved. */
const FOLLOW: readonly string[] = [
  // What was counted under the present name already adds up, and of two places the latest counts.
  `INSERT INTO counters (key, value, expires_at)
   SELECT json_set(old.key, '$[1]', renames.person), old.value, old.expires_at
   FROM counters AS old CROSS JOIN renames ON renames.former = old.key ->> '$[1]' WHERE true
   ON CONFLICT (key) DO UPDATE SET value = counters.value + excluded.value`,
  `DELETE FROM counters WHERE key ->> '$[1]' IN ${FORMER}`,
  `INSERT INTO presence (area_id, person, direction, at)
   SELECT old.area_id, renames.person, old.direction, old.at
   FROM presence AS old CROSS JOIN renames ON renames.former = old.person WHERE true
   ON CONFLICT (area_id, person) DO UPDATE SET direction = excluded.direction, at = excluded.at
   WHERE excluded.at > presence.at`,
  `DELETE FROM presence WHERE person IN ${FORMER}`,
  ...['presence_events', 'companions'].map(
    (table) =>
      `UPDATE OR REPLACE ${table} SET person = (SELECT renames.person FROM renames WHERE former = ${table}.person)
       WHERE person IN ${FORMER}`,
  ),
];
