-- What administrators did, or tried to do.
CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT,
  reason TEXT,
  status INTEGER NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
