-- Under which pepper people are named (a short hash of it; null: the one of the first deployment), and how far a move to
-- another one is, or to another data key.
CREATE TABLE renewal (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  pepper TEXT,
  -- Null: nothing is being renewed.
  stage TEXT,
  cursor TEXT NOT NULL DEFAULT ''
);
INSERT INTO renewal (id) VALUES (1);

-- Under which pepper an erased person's name was hashed again; null: the one in force when they were erased.
ALTER TABLE tombstones ADD COLUMN pepper TEXT;
