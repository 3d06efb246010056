-- Under which pepper a member's names and indexes stand: a short hash of it. Null: the one of the first deployment.
ALTER TABLE members ADD COLUMN pepper TEXT;
CREATE INDEX members_by_pepper ON members (pepper);
CREATE INDEX audit_by_subject ON audit (subject) WHERE subject IS NOT NULL;

-- Bringing everything stored under the current data key and pepper.
CREATE TABLE renewals (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('running', 'done')),
  stage TEXT NOT NULL,
  -- How far the stage is; what it means the stage knows.
  cursor TEXT,
  members INTEGER NOT NULL DEFAULT 0,
  tombstones INTEGER NOT NULL DEFAULT 0,
  releases INTEGER NOT NULL DEFAULT 0,
  mirrored INTEGER NOT NULL DEFAULT 0,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  running INTEGER GENERATED ALWAYS AS (state = 'running') VIRTUAL
) WITHOUT ROWID;
CREATE UNIQUE INDEX renewals_one_runs ON renewals (running) WHERE running = 1;
