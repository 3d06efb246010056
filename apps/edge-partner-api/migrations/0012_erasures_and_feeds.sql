-- That somebody was erased, and that the guard's records were cut too. The proof outlives everything it is about.
CREATE TABLE erasures (
  person TEXT NOT NULL,
  version INTEGER NOT NULL,
  -- Its place among the changes: a mirror that has followed up to here has erased the person too.
  sequence INTEGER NOT NULL,
  erased_at INTEGER NOT NULL,
  -- When the guard had cut its own records; null while that is to be done.
  forgotten_at INTEGER,
  PRIMARY KEY (person, version)
) WITHOUT ROWID;
CREATE INDEX erasures_by_sequence ON erasures (sequence);
CREATE INDEX erasures_unfinished ON erasures (erased_at) WHERE forgotten_at IS NULL;

-- How far each system that pushes its changes has come, by its own numbering.
CREATE TABLE member_feeds (
  name TEXT PRIMARY KEY,
  last_sequence INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  -- Written with every step, and the step with it fails where another one was first.
  follows INTEGER NOT NULL,
  CONSTRAINT feed_follows CHECK (follows = 1)
) WITHOUT ROWID;
