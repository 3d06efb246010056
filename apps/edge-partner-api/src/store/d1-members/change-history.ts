/** How long changes of members can be followed. */
export const CHANGES_KEPT_DAYS = 90;
const DAY_MS = 86_400_000;

/** Changes looked at in one run. */
const BATCH = 1_000;

/** The recorded changes of members, which are kept for a while and then thinned out. */
export interface ChangeHistory {
  /** Every change after `through` is there; the last one made is `newest`. */
  horizon(): Promise<{ readonly through: number; readonly newest: number }>;
  /**
   * Deletes what is older than {@link CHANGES_KEPT_DAYS}, as far as the guard has it and up to `toldThrough`; a bounded
   * part of it. Of everybody the change stays that says since when they stand as they do, which the mirror asks.
   */
  thinOut(toldThrough: number, nowMs: number): Promise<void>;
}

/** The end of the batch: before the first change that is young, not delivered, not told, or the last of all. */
const LAST_DUE = `
SELECT max(sequence) AS through FROM (
  SELECT sequence, sum(
    changed_at >= ?1 OR delivered_at IS NULL OR sequence > ?2 OR sequence = (SELECT max(sequence) FROM member_changes)
  ) OVER (ORDER BY sequence) AS kept
  FROM (SELECT * FROM member_changes
    WHERE sequence > ?3 AND (SELECT changed_at FROM member_changes WHERE sequence > ?3 ORDER BY sequence LIMIT 1) < ?1
    ORDER BY sequence LIMIT ${BATCH})
) WHERE kept = 0`;

/** Whoever has a change in the batch keeps one up to its end: the first under the status they still have. */
const DELETE_DUE = `
DELETE FROM member_changes WHERE sequence IN (
  SELECT old.sequence FROM member_changes AS old
  WHERE old.person IN (SELECT person FROM member_changes WHERE sequence > ?1 AND sequence <= ?2)
    AND old.sequence <= ?2
    AND (EXISTS (SELECT 1 FROM member_changes AS later WHERE later.person = old.person
        AND later.sequence > old.sequence AND later.facts ->> 'status' IS NOT old.facts ->> 'status')
      OR EXISTS (SELECT 1 FROM (SELECT facts ->> 'status' AS status FROM member_changes AS before
          WHERE before.person = old.person AND before.sequence < old.sequence ORDER BY before.sequence DESC LIMIT 1)
        WHERE status IS old.facts ->> 'status')))`;

export function createChangeHistory(db: D1Database): ChangeHistory {
  const horizon: ChangeHistory['horizon'] = async () => {
    const row = await db
      .prepare(
        `SELECT coalesce((SELECT through FROM member_change_horizon), 0) AS through,
           coalesce((SELECT max(sequence) FROM member_changes), 0) AS newest`,
      )
      .first<{ through: number; newest: number }>();
    return row ?? { through: 0, newest: 0 };
  };
  return {
    horizon,
    async thinOut(toldThrough, nowMs) {
      const { through: from } = await horizon();
      const through = await db
        .prepare(LAST_DUE)
        .bind(nowMs - CHANGES_KEPT_DAYS * DAY_MS, toldThrough, from)
        .first<number | null>('through');
      if (through === null) return;
      await db.batch([
        db.prepare(DELETE_DUE).bind(from, through),
        db.prepare('UPDATE member_change_horizon SET through = max(through, ?1)').bind(through),
      ]);
    },
  };
}
