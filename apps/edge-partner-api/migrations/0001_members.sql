-- Members: the truth. A person is named by the HMAC of the merchantUserKey; everything personal is sealed.
CREATE TABLE members (
  person TEXT PRIMARY KEY,
  merchant_user_key TEXT NOT NULL,
  facts TEXT NOT NULL,
  status TEXT NOT NULL GENERATED ALWAYS AS (facts ->> 'status') VIRTUAL,
  identity TEXT,
  ci_index TEXT,
  phone_index TEXT,
  version INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- A CI belongs to one person. A phone number may belong to several (a family, a recycled number).
CREATE UNIQUE INDEX members_by_ci ON members (ci_index) WHERE ci_index IS NOT NULL;
CREATE INDEX members_by_phone ON members (phone_index) WHERE phone_index IS NOT NULL;

-- Every change in the order it was committed; delivered_at is set once the guard has it.
CREATE TABLE member_changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  person TEXT NOT NULL,
  version INTEGER NOT NULL,
  facts TEXT,
  changed_at INTEGER NOT NULL,
  delivered_at INTEGER
);
CREATE INDEX member_changes_undelivered ON member_changes (sequence) WHERE delivered_at IS NULL;
