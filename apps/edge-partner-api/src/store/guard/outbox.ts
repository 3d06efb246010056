import { type DecisionMessage, decisionMessage } from '@facepass-kit/protocol';
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

/** Decisions that were answered and have not reached the queue yet, in the order in which they were made. */
export interface Outbox {
  /** Adds a decision under the next number; the number is part of the message. */
  append(message: Unsent): void;
  /** The oldest; a row that is no decision (any more) comes with null. */
  unsent(limit: number): Waiting[];
  /** Takes what can never be sent out of the way of the rest, and keeps it apart; how many are kept so. */
  setAside(sequence: number): number;
  /** Everything up to and including `sequence` is in the queue. */
  sentThrough(sequence: number): void;
  /** Decisions still to be sent. */
  waiting(): number;
  /** The last decisions, sent or not, newest first. */
  last(limit: number): DecisionMessage[];
  /** Makes the key of a person unreadable in what is kept. */
  forgetPerson(person: string): void;
}

/** Decisions kept after they were sent: what an operator looks at first. */
const KEPT = 1_000;

/** Decisions kept that could not be sent: for a person to look at, and each should be the first. */
const SET_ASIDE_KEPT = 1_000;

type Row = { sequence: number; message: string };

export function createOutbox(sql: SqlStorage, progress: Progress): Outbox {
  let sent = progress.get('sent');
  const newest = (): number =>
    sql.exec<{ n: number | null }>('SELECT max(sequence) AS n FROM outbox').one().n ?? sent;
  return {
    append(message) {
      sql.exec('INSERT INTO outbox (message) VALUES (?)', JSON.stringify(message));
    },
    unsent: (limit) =>
      sql
        .exec<Row>(
          'SELECT sequence, message FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?',
          sent,
          limit,
        )
        .toArray()
        .map((row) => ({ sequence: row.sequence, decision: read(row) })),
    setAside(sequence) {
      sql.exec(
        'INSERT OR REPLACE INTO set_aside SELECT sequence, message FROM outbox WHERE sequence = ?',
        sequence,
      );
      sql.exec('DELETE FROM outbox WHERE sequence = ?', sequence);
      sql.exec(
        'DELETE FROM set_aside WHERE sequence NOT IN (SELECT sequence FROM set_aside ORDER BY sequence DESC LIMIT ?)',
        SET_ASIDE_KEPT,
      );
      return sql.exec<{ n: number }>('SELECT count(*) AS n FROM set_aside').one().n;
    },
    sentThrough(sequence) {
      sent = sequence;
      progress.set('sent', sequence);
      sql.exec('DELETE FROM outbox WHERE sequence <= ?', sequence - KEPT);
    },
    waiting: () => newest() - sent,
    forgetPerson(person) {
      for (const table of ['outbox', 'set_aside']) {
        sql.exec(
          `UPDATE ${table} SET message = json_set(message, '$.person.sealed', 'erased')
           WHERE CASE WHEN json_valid(message) THEN message ->> '$.person.hmac' END = ?`,
          person,
        );
      }
    },
    last: (limit) =>
      sql
        .exec<Row>('SELECT sequence, message FROM outbox ORDER BY sequence DESC LIMIT ?', limit)
        .toArray()
        .flatMap((row) => read(row) ?? []),
  };
}

function read({ sequence, message }: Row): DecisionMessage | null {
  try {
    return decisionMessage.parse({ ...JSON.parse(message), sequence });
  } catch {
    return null;
  }
}
