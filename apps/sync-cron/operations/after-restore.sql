-- After the mirror's database was restored to an earlier state and today's tombstones are in it: what the restored rows
-- lead to of people who were erased since.
UPDATE persons SET hmac = NULL, sealed = NULL,
  erased_at = (SELECT erased_at FROM tombstones WHERE tombstones.hmac = persons.hmac)
  WHERE hmac IN (SELECT hmac FROM tombstones);
DELETE FROM quarantine WHERE person_hmac IN (SELECT hmac FROM tombstones);
DELETE FROM dead_letters WHERE person_hmac IN (SELECT hmac FROM tombstones);
-- It may hold keys that were cut since. The directory tells again how everybody stands now.
DELETE FROM leavers;
UPDATE member_feed SET through = 0;
