/**
 * What is stored of a row, in the order in which it is: its id, its person's HMAC (null until it is known), and its values
 * in the order of its table's columns.
 */
export type StoredRow = [
  id: string,
  personHmac: string | null,
  ...values: readonly (string | number | null)[],
];

/** A vendor's row as it is mirrored: made once, since there are hundreds of thousands. */
export interface MirrorRecord {
  /** Personal: it leaves memory only as an HMAC and sealed. */
  readonly merchantUserKey: string | null;
  /** No later than the start of the request that brought it, UTC milliseconds: what decides between two copies. */
  readonly requestedAt: number;
  readonly stored: StoredRow;
}

/** A row that could not be read: which of its fields is to blame, and the row for the sealed copy. */
export interface UnreadableRow {
  readonly reason: string;
  readonly row: unknown;
}
