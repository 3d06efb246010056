-- Who had somebody erased: the partner's directory, which may take them in again, or a request of its own.
ALTER TABLE tombstones ADD COLUMN origin TEXT NOT NULL DEFAULT 'request';

-- How far the directory's changes have been told.
CREATE TABLE member_feed (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  through INTEGER NOT NULL
);
INSERT INTO member_feed (id, through) VALUES (1, 0);

-- Members who left, or whose membership ends at a known instant, until FacePass says that no face is registered.
-- For the erased this is the one place that still leads to their key, for this one purpose and a bounded time.
CREATE TABLE leavers (
  person TEXT PRIMARY KEY,
  sealed TEXT,
  why TEXT NOT NULL CHECK (why IN ('erased', 'expired', 'suspended')),
  since INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'registered', 'unregistering', 'gone', 'cut')),
  -- A new epoch for each owner and each change of standing, so that an older answer changes nothing.
  epoch INTEGER NOT NULL DEFAULT 0,
  -- When FacePass is asked next, and when an unregistration is tried next.
  ask_at INTEGER NOT NULL,
  act_at INTEGER NOT NULL DEFAULT 0,
  asked_at INTEGER,
  registered_ts TEXT,
  audit_status TEXT,
  approved_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT key_is_kept_or_settled CHECK (sealed IS NOT NULL OR state IN ('gone', 'cut'))
) WITHOUT ROWID;
CREATE INDEX leavers_to_ask ON leavers (ask_at) WHERE state IN ('due', 'registered', 'unregistering');
CREATE INDEX leavers_by_state ON leavers (state, person);
CREATE INDEX leavers_kept ON leavers (since) WHERE why = 'erased' AND sealed IS NOT NULL;

-- What was done about them, and what FacePass answered. An attempt is written down before it is made.
CREATE TABLE leaver_events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  person TEXT NOT NULL,
  action TEXT NOT NULL,
  answer TEXT
);
CREATE INDEX leaver_events_by_time ON leaver_events (at);
