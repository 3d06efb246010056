/** A vendor's row as it is mirrored; its values stand in the order of its table's columns. */
export interface MirrorRecord {
  readonly id: string;
  /** Personal: it leaves memory only as an HMAC and sealed. */
  readonly merchantUserKey: string | null;
  readonly values: readonly (string | number | null)[];
}

/** A row that could not be read: which of its fields is to blame, and the row for the sealed copy. */
export interface UnreadableRow {
  readonly reason: string;
  readonly row: unknown;
}
