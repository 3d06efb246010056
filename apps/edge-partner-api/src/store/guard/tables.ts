/**
 * The guard's tables. Everything in them is bounded: see docs/reference/storage.md. What they are for stands here, since
 * every word in the statement is shipped.
 *
 * - `releases`: published in order; the bodies of the newest two, sealed.
 * - `site_modes`: modes other than normal.
 * - `overlay`: member changes that KV may not show yet.
 * - `renames`: names people had before the pepper was changed, until no Worker asks under them any more.
 * - `decisions`: a ring, those on their way to the queue and the last of those that are there; `changes` is what a
 *   permit reserved, until it is taken back.
 * - `set_aside`: decisions that could not be sent at all, out of the way of the rest.
 * - `progress`, `cursors`: how far the outbox was sent, and the mirror's lists were read.
 * - the others: what the rules remember between questions. People are HMACs here too. `presence` has the latest of a
 *   member's events in an area, so that counting who is inside reads one row a person.
 */
export function createTables(sql: SqlStorage): void {
  dropTableWithout(sql, 'companions', 'decision_id');
  sql.exec(`
    CREATE TABLE IF NOT EXISTS releases (
      version INTEGER PRIMARY KEY,
      hash TEXT NOT NULL,
      published_by TEXT NOT NULL,
      published_at INTEGER NOT NULL,
      reason TEXT NOT NULL,
      body TEXT
    );
    CREATE TABLE IF NOT EXISTS site_modes (
      site_id TEXT PRIMARY KEY,
      mode TEXT NOT NULL,
      until INTEGER,
      reason TEXT NOT NULL,
      set_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS overlay (
      person TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      facts TEXT,
      projected_at INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS overlay_by_projection ON overlay (projected_at);
    CREATE TABLE IF NOT EXISTS renames (
      former TEXT PRIMARY KEY,
      person TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS renames_by_person ON renames (person);
    CREATE TABLE IF NOT EXISTS decisions (
      slot INTEGER PRIMARY KEY,
      sequence INTEGER NOT NULL,
      message TEXT NOT NULL,
      changes TEXT
    );
    CREATE TABLE IF NOT EXISTS set_aside (
      sequence INTEGER PRIMARY KEY,
      message TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS progress (
      name TEXT PRIMARY KEY,
      value INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS cursors (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS counters (
      key TEXT PRIMARY KEY,
      value INTEGER NOT NULL,
      expires_at INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS passes (
      id TEXT PRIMARY KEY,
      person TEXT NOT NULL,
      sealed TEXT NOT NULL,
      zones TEXT NOT NULL,
      valid_from INTEGER,
      valid_until INTEGER,
      max_uses INTEGER,
      uses INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS passes_by_person ON passes (person);
    CREATE TABLE IF NOT EXISTS denies (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      sealed TEXT,
      zones TEXT,
      until INTEGER,
      reason TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS denies_by_subject ON denies (subject);
    CREATE TABLE IF NOT EXISTS presence_events (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      area_id TEXT NOT NULL,
      person TEXT NOT NULL,
      decision_id TEXT NOT NULL,
      direction TEXT NOT NULL,
      at INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS presence_events_by_person ON presence_events (area_id, person, at);
    CREATE INDEX IF NOT EXISTS presence_events_by_time ON presence_events (at);
    CREATE TABLE IF NOT EXISTS presence (
      area_id TEXT NOT NULL,
      person TEXT NOT NULL,
      direction TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (area_id, person)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS presence_inside ON presence (area_id, direction, at);
    CREATE TABLE IF NOT EXISTS first_persons (
      area_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      decision_id TEXT NOT NULL,
      PRIMARY KEY (area_id, at, decision_id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS companions (
      area_id TEXT NOT NULL,
      person TEXT NOT NULL,
      decision_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (area_id, person)
    ) WITHOUT ROWID;
  `);
}

/** What a table of an earlier shape holds matters for minutes at most: it is made anew. */
function dropTableWithout(sql: SqlStorage, table: string, column: string): void {
  const columns = sql.exec<{ name: string }>(`PRAGMA table_info(${table})`).toArray();
  if (columns.length > 0 && !columns.some(({ name }) => name === column)) sql.exec(`DROP TABLE ${table}`);
}
