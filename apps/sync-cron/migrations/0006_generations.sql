-- Rebuilding a history beside the one that is read, and the Workflow that reads what is old.

-- kept: read by everybody, or about to be; filling: a rebuild's, until it takes over; retired: its rows are on their
-- way out; gone: none are left.
ALTER TABLE generations ADD COLUMN phase TEXT NOT NULL DEFAULT 'kept'
  CHECK (phase IN ('kept', 'filling', 'retired', 'gone'));
-- When a rebuild began: what FacePass has given since is newer than the rebuild.
ALTER TABLE generations ADD COLUMN filled_since INTEGER;
-- Up to which id the rows of the generation before have been compared with a rebuild's.
ALTER TABLE generations ADD COLUMN carried_to TEXT NOT NULL DEFAULT '';

-- The generation that is about to be read instead; until then nothing of the stream is read or committed.
ALTER TABLE streams ADD COLUMN switching_to INTEGER;

-- The Workflow instance that conducts backfills, and the one that reads a month for it.
CREATE TABLE backfill_conductor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  instance TEXT NOT NULL,
  reader TEXT,
  month TEXT
);
