-- B3 in the order in which it came, so that whoever follows can say how far they have read. A number is never given twice.
CREATE TABLE registration_events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  tx_id TEXT NOT NULL,
  person TEXT NOT NULL,
  registered INTEGER NOT NULL CHECK (registered IN (0, 1)),
  received_at INTEGER NOT NULL,
  UNIQUE (person, tx_id, registered)
);
INSERT INTO registration_events (tx_id, person, registered, received_at)
  SELECT tx_id, person, registered, received_at FROM registration_callbacks ORDER BY received_at;
DROP TABLE registration_callbacks;
