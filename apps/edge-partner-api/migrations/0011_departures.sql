-- The sealed key of an erased member, for one purpose: that the mirror can have the face unregistered. It goes as
-- soon as the mirror has it, when the member comes back, and after a bounded time in any case.
CREATE TABLE departures (
  person TEXT PRIMARY KEY,
  merchant_user_key TEXT NOT NULL,
  erased_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX departures_by_time ON departures (erased_at);
