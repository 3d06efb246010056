-- When each alert was last sent, so that the same is not sent again for a while.
CREATE TABLE alerts_sent (
  key TEXT PRIMARY KEY,
  sent_at INTEGER NOT NULL
) WITHOUT ROWID;

-- When a run last read a stream to its end.
ALTER TABLE streams ADD COLUMN completed_at INTEGER;

-- Values of FacePass's open lists that nobody knew when this was written, and how often they were met.
CREATE TABLE unknown_values (
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (field, value)
) WITHOUT ROWID;
