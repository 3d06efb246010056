import { type DecisionMessage, decisionMessage } from '@facepass-kit/protocol';

/** A decision without its number; free JSON in it is checked on its way out. */
type Unsent = Omit<DecisionMessage, 'sequence' | 'params' | 'inputs' | 'determining'> & {
  readonly params: object;
  readonly inputs: object;
  readonly determining: readonly string[];
};

/** Decisions that were answered and have not reached the queue yet, in the order in which they were made. */
export interface Outbox {
  /** Adds a decision under the next number; the number is part of the message. */
  append(message: Unsent): void;
  oldest(limit: number): DecisionMessage[];
  /** Forgets everything up to and including `sequence`. */
  sentThrough(sequence: number): void;
  size(): number;
}

export function createOutbox(sql: SqlStorage): Outbox {
  return {
    append(message) {
      sql.exec('INSERT INTO outbox (message) VALUES (?)', JSON.stringify(message));
    },
    oldest: (limit) =>
      sql
        .exec<{ sequence: number; message: string }>(
          'SELECT sequence, message FROM outbox ORDER BY sequence LIMIT ?',
          limit,
        )
        .toArray()
        .map(({ sequence, message }) => decisionMessage.parse({ ...JSON.parse(message), sequence })),
    sentThrough(sequence) {
      sql.exec('DELETE FROM outbox WHERE sequence <= ?', sequence);
    },
    size: () => sql.exec<{ n: number }>('SELECT count(*) AS n FROM outbox').one().n,
  };
}
