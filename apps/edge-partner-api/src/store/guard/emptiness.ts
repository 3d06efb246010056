/**
 * Whether a table has rows, without asking it: what is looked up at every question is nearly always empty. After a step
 * that failed half-way it may say of an empty table that it is not, and never the reverse.
 */
export interface Emptiness {
  isEmpty(): boolean;
  /** Before a row is written. */
  filling(): void;
  /** After rows were deleted, or written by somebody else: looks again. */
  look(): void;
}

export function createEmptiness(sql: SqlStorage, table: string): Emptiness {
  const isEmpty = (): boolean => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0;
  let empty = isEmpty();
  return {
    isEmpty: () => empty,
    filling() {
      empty = false;
    },
    look() {
      empty = isEmpty();
    },
  };
}
