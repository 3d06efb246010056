-- The partner's own copy of FacePass history. Instants are UTC milliseconds.

-- A person, once. Only this row leads to a merchantUserKey: sealed under the data key, and an HMAC for matching.
-- Erasure empties both, and every row that refers to the person stays, about nobody.
CREATE TABLE persons (
  id INTEGER PRIMARY KEY,
  hmac TEXT UNIQUE,
  sealed TEXT,
  erased_at INTEGER,
  CONSTRAINT person_linked_or_erased
    CHECK ((hmac IS NOT NULL AND sealed IS NOT NULL AND erased_at IS NULL)
        OR (hmac IS NULL AND sealed IS NULL AND erased_at IS NOT NULL))
);
-- Whom rows refer to that arrive after their person was erased.
INSERT INTO persons (id, erased_at) VALUES (0, 0);

-- What keeps an erased person from coming back through a re-walk, a replay or a restore.
CREATE TABLE tombstones (
  hmac TEXT PRIMARY KEY,
  erased_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Zones that wall-clock times were read in, by a small number, since every row names one.
CREATE TABLE time_zones (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO time_zones (name) VALUES ('Asia/Seoul');

CREATE TABLE streams (
  stream TEXT PRIMARY KEY CHECK (stream IN ('registrations', 'verifications')),
  -- The generation of rows that readers see; a rebuild fills the next one and then moves this.
  generation INTEGER NOT NULL DEFAULT 0,
  -- What FacePass's pages taught us about its lists, as the walk keeps it (JSON).
  traits TEXT,
  -- When a larger page may be tried again after FacePass could not cope with one.
  grow_after INTEGER NOT NULL DEFAULT 0,
  -- Why nothing is read until somebody acts, or a later run finds it mended.
  parked_at INTEGER,
  parked_code TEXT
) WITHOUT ROWID;
INSERT INTO streams (stream) VALUES ('registrations'), ('verifications');

CREATE TABLE generations (
  stream TEXT NOT NULL REFERENCES streams (stream),
  generation INTEGER NOT NULL,
  -- Slices exist for exactly [planned_from, planned_until).
  planned_from INTEGER,
  planned_until INTEGER,
  -- When each tier of re-walks was last planned, and how far proofs reach (JSON, UTC milliseconds).
  rewalks TEXT NOT NULL DEFAULT '{}',
  -- Whether slices of kind backfill are left alone for the time being.
  backfill_paused INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (stream, generation)
) WITHOUT ROWID;
INSERT INTO generations (stream, generation) VALUES ('registrations', 0), ('verifications', 0);

-- A range of time to be read to its end: the unit of progress, of a lease and of a proof.
CREATE TABLE slices (
  id INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  generation INTEGER NOT NULL,
  -- forward: planned up to a ceiling; backfill: older than the first plan; rewalk: read again for what came late;
  -- verify: read again to compare, and prove.
  kind TEXT NOT NULL CHECK (kind IN ('forward', 'backfill', 'rewalk', 'verify')),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'split', 'cancelled')),
  -- The lease: a new epoch for each owner, so that an old owner's commits fail.
  epoch INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  -- The checkpoint: how the walk stands (JSON) after `seq` commits; null before the first page.
  walk_state TEXT,
  seq INTEGER NOT NULL DEFAULT 0,
  pages INTEGER NOT NULL DEFAULT 0,
  fetched INTEGER NOT NULL DEFAULT 0,
  -- Failures since the last progress, and when to try again.
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  error_code TEXT,
  created_at INTEGER NOT NULL,
  closed_at INTEGER,
  CONSTRAINT slice_is_a_range CHECK (from_ms < to_ms)
);
CREATE INDEX slices_open ON slices (stream, generation, from_ms) WHERE state = 'open';
CREATE INDEX slices_closed ON slices (closed_at) WHERE state <> 'open';

-- That a range was read again with another page size and another cut, and what came of it.
CREATE TABLE proofs (
  slice_id INTEGER PRIMARY KEY REFERENCES slices (id),
  stream TEXT NOT NULL,
  generation INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  -- Rows of the range in the mirror afterwards, and the SHA-256 of their ids in order, one per line.
  row_count INTEGER NOT NULL,
  ids_sha256 TEXT NOT NULL,
  page_size INTEGER NOT NULL,
  -- Drift found and healed: rows the mirror lacked, rows that had changed, rows FacePass did not give.
  lacked INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  proven_at INTEGER NOT NULL
);
CREATE INDEX proofs_by_range ON proofs (stream, generation, from_ms);

-- Rows that a proof did not find. A second proof that misses them too marks them absent.
CREATE TABLE missing_rows (
  stream TEXT NOT NULL,
  generation INTEGER NOT NULL,
  id TEXT NOT NULL,
  missed_at INTEGER NOT NULL,
  PRIMARY KEY (stream, generation, id)
) WITHOUT ROWID;

-- Hours with registrations whose audit is not decided, and when they were last read again for it.
CREATE TABLE waiting_hours (
  generation INTEGER NOT NULL,
  hour_ms INTEGER NOT NULL,
  walked_at INTEGER NOT NULL,
  PRIMARY KEY (generation, hour_ms)
) WITHOUT ROWID;

-- One row per commit, written first in its transaction: the fence (a failed CHECK rolls everything back and its
-- name says why), the proof that a commit happened, and the log of pages.
CREATE TABLE commits (
  slice_id INTEGER NOT NULL REFERENCES slices (id),
  seq INTEGER NOT NULL,
  commit_id TEXT NOT NULL,
  pages INTEGER NOT NULL,
  fetched INTEGER NOT NULL,
  committed_at INTEGER NOT NULL,
  lease_held INTEGER NOT NULL,
  follows INTEGER NOT NULL,
  PRIMARY KEY (slice_id, seq),
  CONSTRAINT commit_lease_held CHECK (lease_held = 1),
  CONSTRAINT commit_follows CHECK (follows = 1)
) WITHOUT ROWID;

CREATE TABLE verifications (
  generation INTEGER NOT NULL,
  id TEXT NOT NULL,
  person_id INTEGER,
  status TEXT,
  result_code TEXT,
  custom_code TEXT,
  device_id TEXT,
  params TEXT,
  transaction_id TEXT,
  verified_raw TEXT NOT NULL,
  verified_at INTEGER NOT NULL,
  zone_id INTEGER NOT NULL,
  -- Fields we do not know, canonical JSON without personal ones; null when there are none.
  raw TEXT,
  -- When the request started whose answer holds these values: the later request wins.
  fetched_at INTEGER NOT NULL,
  -- How often the values changed since the first copy.
  revision INTEGER NOT NULL DEFAULT 0,
  -- When FacePass was found to have it no more.
  absent_at INTEGER,
  PRIMARY KEY (generation, id)
) WITHOUT ROWID;
CREATE INDEX verifications_by_time ON verifications (generation, verified_at);
CREATE INDEX verifications_by_person ON verifications (generation, person_id, verified_at);

CREATE TABLE registrations (
  generation INTEGER NOT NULL,
  id TEXT NOT NULL,
  person_id INTEGER,
  audit_status TEXT,
  event_raw TEXT NOT NULL,
  event_at INTEGER NOT NULL,
  zone_id INTEGER NOT NULL,
  raw TEXT,
  fetched_at INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  absent_at INTEGER,
  PRIMARY KEY (generation, id)
) WITHOUT ROWID;
CREATE INDEX registrations_by_time ON registrations (generation, event_at);
CREATE INDEX registrations_by_person ON registrations (generation, person_id, event_at);
CREATE INDEX registrations_waiting ON registrations (generation, event_at)
  WHERE audit_status IN ('WAITING', 'HOLDING');

-- Rows of the vendor that could not be read, sealed, once each.
CREATE TABLE quarantine (
  fingerprint TEXT PRIMARY KEY,
  stream TEXT NOT NULL,
  -- Which field broke which rule; never a value.
  reason TEXT NOT NULL,
  sealed TEXT NOT NULL,
  person_hmac TEXT,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX quarantine_by_person ON quarantine (person_hmac) WHERE person_hmac IS NOT NULL;

-- What we answered at the doors.
CREATE TABLE decisions (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  sequence INTEGER,
  at INTEGER NOT NULL,
  request_id TEXT,
  site_id TEXT,
  zone_id TEXT,
  person_id INTEGER,
  params TEXT NOT NULL,
  effect TEXT NOT NULL,
  reason TEXT NOT NULL,
  determining TEXT NOT NULL,
  code TEXT,
  release_hash TEXT,
  member_version INTEGER,
  repeat_of TEXT,
  inputs TEXT NOT NULL,
  received_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX decisions_by_time ON decisions (at);
CREATE INDEX decisions_by_person ON decisions (person_id, at);
CREATE INDEX decisions_by_sequence ON decisions (source, sequence) WHERE sequence IS NOT NULL;

-- Hours in which our answers were compared with what FacePass recorded, and what the comparison counted.
CREATE TABLE reconciliations (
  hour_ms INTEGER PRIMARY KEY,
  -- 1 as soon as the hour was mirrored; 2 a day later, when late records are in too.
  pass INTEGER NOT NULL,
  decisions INTEGER NOT NULL,
  verifications INTEGER NOT NULL,
  matched INTEGER NOT NULL,
  ambiguous INTEGER NOT NULL,
  -- Decisions the guard numbered and we do not have: while there are any, an entry may seem unasked for.
  decisions_lacking INTEGER NOT NULL,
  clock_offset_ms INTEGER,
  compared_at INTEGER NOT NULL
);

CREATE TABLE findings (
  hour_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  verification_id TEXT NOT NULL DEFAULT '',
  decision_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (hour_ms, kind, verification_id, decision_id)
) WITHOUT ROWID;
CREATE INDEX findings_by_time ON findings (kind, at);

-- Messages of the decisions queue that could not be stored, sealed, until somebody has them replayed.
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  sealed TEXT NOT NULL,
  person_hmac TEXT,
  received_at INTEGER NOT NULL,
  -- Why the last replay did not store it; null before one.
  problem TEXT
) WITHOUT ROWID;
CREATE INDEX dead_letters_by_person ON dead_letters (person_hmac) WHERE person_hmac IS NOT NULL;

-- What each run did.
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  trigger TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  report TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX runs_by_time ON runs (started_at);
