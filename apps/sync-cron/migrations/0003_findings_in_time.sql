-- Findings of every kind in order of time, for exports.
CREATE INDEX findings_in_time ON findings (at);
