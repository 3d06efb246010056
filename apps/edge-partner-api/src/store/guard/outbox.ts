import type { Change } from '@facepass-kit/access';
import { type DecisionMessage, decisionMessage } from '@facepass-kit/protocol';
import type { PageOfPeople } from '../guard-port.ts';
import type { Progress } from './progress.ts';

/** A decision without its number; free JSON in it is checked on its way out. */
type Unsent = Omit<DecisionMessage, 'sequence' | 'params' | 'inputs' | 'determining'> & {
  readonly params: object;
  readonly inputs: object;
  readonly determining: readonly string[];
};

export interface Waiting {
  readonly sequence: number;
  readonly decision: DecisionMessage | null;
}

/**
 * Decisions in the order in which they were made: those that have not reached the queue yet, and the last ones that
 * have. A ring: a new decision is written over one that was sent long ago, so that each costs one row written and
 * none deleted. What was not sent is never written over.
 */
export interface Outbox {
  /** Adds a decision under the next number, with what it changed; the number is part of the message. */
  append(message: Unsent, changes: readonly Change[]): void;
  /** The oldest; a row that is no decision (any more) comes with null. */
  unsent(limit: number): Waiting[];
  /** Keeps what can never be sent apart, for somebody to look at; how many are kept so. */
  setAside(sequence: number): number;
  /** Everything up to and including `sequence` is in the queue. */
  sentThrough(sequence: number): void;
  /** The number of the last decision that is in the queue. */
  sent(): number;
  /** Decisions still to be sent. */
  waiting(): number;
  /** The last decisions, sent or not, newest first. */
  last(limit: number): DecisionMessage[];
  /** Those of these numbers that are still kept, can be read and were not set aside, in order. */
  numbered(sequences: readonly number[]): DecisionMessage[];
  /**
   * What a decision changed, once: whoever gets it takes it back. Null where it is not kept any more, was taken back
   * before, or has another id.
   */
  takeChanges(sequence: number, decisionId: string): readonly Change[] | null;
  /** What decisions made since `sinceMs` changed, newest first. */
  changesSince(sinceMs: number): Generator<Change>;
  /** Whom the kept decisions are about, as they were named in them: those of the page behind `place`. */
  people(place: number): PageOfPeople;
  /** Makes the key of a person unreadable in what is kept, and forgets what must not count of them any more. */
  forgetPerson(person: string): void;
}

/**
 * Decisions kept after they were sent: what an operator looks at first, what the mirror may find missing, and what
 * may be taken back because nobody entered. A day of 25,000 people, in about 50 MB.
 */
const DECISIONS_KEPT = 50_000;

/** Decisions kept that could not be sent: for a person to look at, and each should be the first. */
const SET_ASIDE_KEPT = 1_000;
/** Rows read in one go. */
const PAGE = 500;

type Row = { sequence: number; message: string };

export function createOutbox(sql: SqlStorage, progress: Progress, kept = DECISIONS_KEPT): Outbox {
  /** The place a number has in the ring, and the one beyond it that it has while the ring is full of unsent ones. */
  const placesOf = (sequence: number): [number, number] => [sequence % kept, kept + sequence];

  const rowsOf = (sequences: readonly number[]): Row[] => {
    const wanted = new Set(sequences);
    return sql
      .exec<Row>(
        'SELECT sequence, message FROM decisions WHERE slot IN (SELECT value FROM json_each(?))',
        JSON.stringify(sequences.flatMap(placesOf)),
      )
      .toArray()
      .filter(({ sequence }) => wanted.has(sequence))
      .sort((a, b) => a.sequence - b.sequence);
  };

  /** The last number given out: numbers have no gap, so that it can be searched for upwards from the last sent. */
  const findNewest = (from: number): number => {
    let known = from;
    for (let step = 1; step > 0; ) {
      if (rowsOf([known + step]).length > 0) {
        known += step;
        step *= 2;
      } else step = Math.floor(step / 2);
    }
    return known;
  };

  let sent = progress.get('sent');
  let newest = findNewest(sent);

  return {
    append(message, changes) {
      const sequence = newest + 1;
      const [place, beyond] = placesOf(sequence);
      sql.exec(
        `INSERT INTO decisions (slot, sequence, message, changes) VALUES (?, ?, ?, ?)
         ON CONFLICT (slot) DO UPDATE SET sequence = excluded.sequence, message = excluded.message, changes = excluded.changes`,
        sequence - kept > sent ? beyond : place,
        sequence,
        JSON.stringify(message),
        changes.length === 0 ? null : JSON.stringify(changes),
      );
      newest = sequence;
    },

    unsent(limit) {
      const sequences = range(sent + 1, Math.min(newest, sent + limit));
      const rows = new Map(rowsOf(sequences).map((row) => [row.sequence, row]));
      return sequences.map((sequence) => ({ sequence, decision: readUnsent(rows.get(sequence)) }));
    },

    setAside(sequence) {
      for (const { message } of rowsOf([sequence])) {
        sql.exec('INSERT OR REPLACE INTO set_aside (sequence, message) VALUES (?, ?)', sequence, message);
      }
      sql.exec(
        'DELETE FROM set_aside WHERE sequence NOT IN (SELECT sequence FROM set_aside ORDER BY sequence DESC LIMIT ?)',
        SET_ASIDE_KEPT,
      );
      return sql.exec<{ n: number }>('SELECT count(*) AS n FROM set_aside').one().n;
    },

    sentThrough(sequence) {
      // One that was given up for lost may say so late.
      if (sequence <= sent) return;
      sent = sequence;
      progress.set('sent', sequence);
      sql.exec('DELETE FROM decisions WHERE slot BETWEEN ? AND ?', kept, kept + sequence);
    },

    sent: () => sent,
    waiting: () => newest - sent,
    last: (limit) =>
      rowsOf(range(Math.max(1, newest - limit + 1), newest))
        .reverse()
        .flatMap((row) => read(row) ?? []),
    numbered(sequences) {
      const aside = new Set(
        sql
          .exec<{ sequence: number }>(
            'SELECT sequence FROM set_aside WHERE sequence IN (SELECT value FROM json_each(?))',
            JSON.stringify(sequences),
          )
          .toArray()
          .map(({ sequence }) => sequence),
      );
      return rowsOf(sequences).flatMap((row) => (aside.has(row.sequence) ? [] : (read(row) ?? [])));
    },

    takeChanges(sequence, decisionId) {
      const [row] = rowsOf([sequence]);
      if (row === undefined || read(row)?.id !== decisionId) return null;
      const [place, beyond] = placesOf(sequence);
      const [taken] = sql
        .exec<{ changes: string | null }>(
          'SELECT changes FROM decisions WHERE slot IN (?, ?) AND sequence = ?',
          place,
          beyond,
          sequence,
        )
        .toArray();
      if (taken === undefined || taken.changes === null) return null;
      sql.exec(
        'UPDATE decisions SET changes = NULL WHERE slot IN (?, ?) AND sequence = ?',
        place,
        beyond,
        sequence,
      );
      return readChanges(taken.changes);
    },

    *changesSince(sinceMs) {
      for (let last = newest; last > 0; last -= PAGE) {
        const slots = range(Math.max(1, last - PAGE + 1), last).flatMap(placesOf);
        const rows = sql
          .exec<{ at: number; changes: string | null }>(
            `SELECT message ->> '$.at' AS at, changes FROM decisions
             WHERE slot IN (SELECT value FROM json_each(?)) AND sequence > ? AND sequence <= ? AND json_valid(message)
             ORDER BY sequence DESC`,
            JSON.stringify(slots),
            last - PAGE,
            last,
          )
          .toArray();
        if (rows.length === 0) return;
        for (const { at, changes } of rows) {
          if (at < sinceMs) return;
          if (changes !== null) yield* readChanges(changes);
        }
      }
    },

    people(place) {
      const part = (name: string): string =>
        `CASE WHEN json_valid(message) THEN message ->> '$.person.${name}' END AS ${name}`;
      const rows = sql
        .exec<{ slot: number; hmac: string | null; sealed: string | null }>(
          `SELECT slot, ${part('hmac')}, ${part('sealed')} FROM decisions WHERE slot > ? ORDER BY slot LIMIT ?`,
          place,
          PAGE,
        )
        .toArray();
      const people = rows.flatMap(({ hmac, sealed }) =>
        hmac === null || sealed === null ? [] : [[hmac, { hmac, sealed }] as const],
      );
      return {
        people: [...new Map(people).values()],
        next: rows.length < PAGE ? null : (rows.at(-1)?.slot ?? null),
      };
    },

    forgetPerson(person) {
      // A permit that may be repeated and what it counted are nobody's any more, also for whoever is readmitted.
      const rest = `, changes = CASE WHEN changes IS NOT NULL THEN (SELECT json_group_array(json(value))
        FROM json_each(changes) WHERE value ->> 'kind' NOT IN ('permit', 'count')) END`;
      for (const [table, cut] of [
        ['decisions', rest],
        ['set_aside', ''],
      ]) {
        // Looking for the text first spares reading tens of thousands of rows as JSON between two questions.
        sql.exec(
          `UPDATE ${table} SET message = json_set(message, '$.person.sealed', 'erased')${cut}
           WHERE instr(message, ?1) > 0 AND CASE WHEN json_valid(message) THEN message ->> '$.person.hmac' END = ?1`,
          person,
        );
      }
    },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function read(row: Row | undefined): DecisionMessage | null {
  if (row === undefined) return null;
  try {
    return decisionMessage.parse({ ...JSON.parse(row.message), sequence: row.sequence });
  } catch {
    return null;
  }
}

/**
 * As `append` wrote it. Looked at in every part it takes three times as long as all else on the way to the queue, in the
 * one object that answers every door; the mirror looks at every part of what it is sent.
 */
function readUnsent(row: Row | undefined): DecisionMessage | null {
  if (row === undefined) return null;
  try {
    // Checked as far as somebody on the way here reads it.
    const message = JSON.parse(row.message) as DecisionMessage;
    return typeof message.id === 'string' ? { ...message, sequence: row.sequence } : null;
  } catch {
    return null;
  }
}

function readChanges(json: string): Change[] {
  // Written by `append`, and by nothing else.
  return JSON.parse(json) as Change[];
}
