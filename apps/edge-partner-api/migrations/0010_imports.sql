-- Whether an identity that comes again is the same, without opening what is stored. Null: not known.
ALTER TABLE members ADD COLUMN identity_hash TEXT;

-- A person's changes are blanked when they are erased.
CREATE INDEX member_changes_by_person ON member_changes (person);

-- Files of members, and how far each is.
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  -- What was asked for: mode, format, columns, and the rest (JSON).
  options TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  pieces INTEGER NOT NULL DEFAULT 0,
  pieces_done INTEGER NOT NULL DEFAULT 0,
  members_before INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  leaving INTEGER NOT NULL DEFAULT 0,
  invalid INTEGER NOT NULL DEFAULT 0,
  written INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  -- How many leavers somebody agreed to; null: nobody was asked.
  confirmed INTEGER,
  running INTEGER GENERATED ALWAYS AS (state IN ('checking', 'writing', 'removing')) VIRTUAL
) WITHOUT ROWID;
-- Two imports at once would each call the other's members leavers.
CREATE UNIQUE INDEX imports_one_runs ON imports (running) WHERE running = 1;
CREATE INDEX imports_by_time ON imports (created_at);

-- The file, sealed, in pieces of whole records. Gone as soon as the import is over.
CREATE TABLE import_pieces (
  import_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  first_line INTEGER NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (import_id, number)
);

-- Whom the file names, on lines that are right. Gone as soon as the import is over.
CREATE TABLE import_people (
  import_id TEXT NOT NULL,
  person TEXT NOT NULL,
  line INTEGER NOT NULL,
  ci_index TEXT,
  PRIMARY KEY (import_id, person)
) WITHOUT ROWID;
CREATE INDEX import_people_by_ci ON import_people (import_id, ci_index) WHERE ci_index IS NOT NULL;

-- What is wrong with which line, never what it says.
CREATE TABLE import_errors (
  import_id TEXT NOT NULL,
  line INTEGER NOT NULL,
  -- Empty where it is the line as a whole.
  field TEXT NOT NULL,
  code TEXT NOT NULL,
  hint TEXT NOT NULL,
  PRIMARY KEY (import_id, line, field, code)
) WITHOUT ROWID;
