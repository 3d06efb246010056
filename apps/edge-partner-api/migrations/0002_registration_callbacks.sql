-- B3, once for every (txId, person, registered).
CREATE TABLE registration_callbacks (
  tx_id TEXT NOT NULL,
  person TEXT NOT NULL,
  registered INTEGER NOT NULL CHECK (registered IN (0, 1)),
  received_at INTEGER NOT NULL,
  PRIMARY KEY (tx_id, person, registered)
) WITHOUT ROWID;
CREATE INDEX registration_callbacks_by_person ON registration_callbacks (person, received_at);
