-- Up to which change the history is thinned out: who follows it from before there has to read all members anew.
CREATE TABLE member_change_horizon (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  through INTEGER NOT NULL
);
INSERT INTO member_change_horizon (id, through) VALUES (1, 0);
