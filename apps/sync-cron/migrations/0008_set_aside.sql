-- When an open slice was set aside: FacePass refuses it again and again while it gives the rest of the history. It is tried
-- ever more rarely, and nothing else waits for it.
ALTER TABLE slices ADD COLUMN set_aside_at INTEGER;
