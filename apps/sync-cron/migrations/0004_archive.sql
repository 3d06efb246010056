-- Months that are moved out of this database: written to R2, read back and compared, then dropped here.
-- A month that gets rows after that is moved once more, in its next round.
CREATE TABLE archive_months (
  dataset TEXT NOT NULL CHECK (dataset IN ('verifications', 'decisions')),
  generation INTEGER NOT NULL,
  -- Such as 2026-01, by UTC.
  month TEXT NOT NULL,
  round INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  -- writing: parts exist for [from_ms, written_until); dropping: for all of it; archived: none of it is here.
  state TEXT NOT NULL DEFAULT 'writing' CHECK (state IN ('writing', 'dropping', 'archived')),
  written_until INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  archived_at INTEGER,
  PRIMARY KEY (dataset, generation, month, round)
) WITHOUT ROWID;

CREATE TABLE archive_parts (
  object_key TEXT PRIMARY KEY,
  dataset TEXT NOT NULL,
  generation INTEGER NOT NULL,
  month TEXT NOT NULL,
  round INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  -- Of the rows, one JSON array a line; of the file.
  rows_sha256 TEXT NOT NULL,
  file_sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  -- How the rows stood here when they were read: they are dropped only while they still do.
  fingerprint TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  dropped_at INTEGER,
  CONSTRAINT part_is_a_range CHECK (from_ms < to_ms)
) WITHOUT ROWID;
CREATE INDEX archive_parts_by_range ON archive_parts (dataset, generation, from_ms);
