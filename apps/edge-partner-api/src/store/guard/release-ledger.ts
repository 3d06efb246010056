import type { ReleaseHead } from '@facepass-kit/protocol';

/** Published releases in order. The last one is the head: the rules in force. */
export interface ReleaseLedger {
  head(): ReleaseHead | null;
  /** Whether it was ever published. */
  has(hash: string): boolean;
  /** The sealed body of a release that is still kept here, or null. */
  body(hash: string): string | null;
  /** The sealed bodies that are kept here. */
  bodies(): { readonly version: number; readonly hash: string; readonly body: string }[];
  /** The same body, sealed anew. */
  reseal(version: number, body: string): void;
  /** Publications, newest first. */
  list(limit: number): ReleaseHead[];
  append(release: Omit<ReleaseHead, 'version'> & { readonly body: string }): ReleaseHead;
}

/** The head, and the one before it for an immediate roll back; older bodies are in KV. */
const BODIES_KEPT = 2;

type Row = { version: number; hash: string; published_by: string; published_at: number; reason: string };

export function createReleaseLedger(sql: SqlStorage): ReleaseLedger {
  const head = (): ReleaseHead | null => {
    const [row] = sql
      .exec<Row>(
        'SELECT version, hash, published_by, published_at, reason FROM releases ORDER BY version DESC LIMIT 1',
      )
      .toArray();
    return row === undefined ? null : read(row);
  };
  return {
    head,
    has: (hash) => sql.exec('SELECT 1 FROM releases WHERE hash = ? LIMIT 1', hash).toArray().length > 0,
    body: (hash) =>
      sql
        .exec<{ body: string }>(
          'SELECT body FROM releases WHERE hash = ? AND body IS NOT NULL ORDER BY version DESC LIMIT 1',
          hash,
        )
        .toArray()[0]?.body ?? null,
    bodies: () =>
      sql
        .exec<{ version: number; hash: string; body: string }>(
          'SELECT version, hash, body FROM releases WHERE body IS NOT NULL',
        )
        .toArray(),
    reseal(version, body) {
      sql.exec('UPDATE releases SET body = ? WHERE version = ? AND body IS NOT NULL', body, version);
    },
    list: (limit) =>
      sql
        .exec<Row>(
          'SELECT version, hash, published_by, published_at, reason FROM releases ORDER BY version DESC LIMIT ?',
          limit,
        )
        .toArray()
        .map(read),
    append({ hash, publishedBy, publishedAt, reason, body }) {
      const version = (head()?.version ?? 0) + 1;
      sql.exec(
        'INSERT INTO releases (version, hash, published_by, published_at, reason, body) VALUES (?, ?, ?, ?, ?, ?)',
        version,
        hash,
        publishedBy,
        publishedAt,
        reason,
        body,
      );
      sql.exec('UPDATE releases SET body = NULL WHERE version <= ?', version - BODIES_KEPT);
      return { hash, version, publishedBy, publishedAt, reason };
    },
  };
}

function read(row: Row): ReleaseHead {
  return {
    version: row.version,
    hash: row.hash,
    publishedBy: row.published_by,
    publishedAt: row.published_at,
    reason: row.reason,
  };
}
