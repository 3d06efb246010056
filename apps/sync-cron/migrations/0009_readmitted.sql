-- Since when somebody who was erased is mirrored again: rows that happened before stay about nobody, whenever they come.
ALTER TABLE persons ADD COLUMN readmitted_at INTEGER;
