import { ERASED } from './rows.ts';

/** Somebody new, before anything is written of them. */
const NOBODY = '{"status":"active","groups":[],"tags":{}}';

/**
 * The facts as a write leaves them (RFC 7396), in the statement that writes or compares them, so that a suspension in the
 * same moment is not undone: `written` is the write, `stored` the row, if there is one. Names keep their order, and a
 * write that changes nothing gives the same text.
 */
export const MERGED_FACTS = `json_patch(CASE
  WHEN stored.person IS NULL OR stored.status = '${ERASED}' THEN '${NOBODY}'
  WHEN written.value ->> 'wholeTags' THEN json_set(stored.facts, '$.tags', json('{}'))
  ELSE stored.facts END, written.value ->> 'facts')`;
