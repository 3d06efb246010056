-- What alerts are judged by: counts of our own words by minute, added up over all isolates. Kept two days.
CREATE TABLE watch_counts (
  minute INTEGER NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (minute, name)
) WITHOUT ROWID;

-- When each alert was last sent.
CREATE TABLE watch_alerts (
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID;
