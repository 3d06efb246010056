-- After D1 was set back: docs/operations/incidents.md. May be run again.
UPDATE members SET version = version + 1000000;
INSERT INTO member_changes (sequence, person, version, facts, changed_at)
SELECT (SELECT coalesce(max(sequence), 0) FROM member_changes) + 1000000 + row_number() OVER (ORDER BY person),
  person, version, CASE WHEN status = 'erased' THEN NULL ELSE facts END, unixepoch() * 1000
FROM members;
