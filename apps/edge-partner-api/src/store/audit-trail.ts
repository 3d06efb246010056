/** One call of an administrator. `subject` names what it was about, never a person in the clear. */
export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly subject: string | null;
  readonly reason: string | null;
  readonly status: number;
}

export interface AuditTrail {
  /** Of what ended with `TOO_MANY` only the first of a minute for each actor: a flood must not fill the trail. */
  record(entry: AuditEntry): Promise<void>;
  /** Newest first, those before `before` where given. Those of the last millisecond all, so that the next page misses none. */
  list(limit: number, before: number | undefined): Promise<AuditEntry[]>;
}

export const TOO_MANY = 429;
const TOO_MANY_EVERY_MS = 60_000;

export function createD1AuditTrail(db: D1Database): AuditTrail {
  /** Until when that is told, by actor: by this isolate alone, so that a flood costs no look-ups either. */
  const floods = new Map<string, number>();
  return {
    async record({ id, at, actor, role, action, subject, reason, status }) {
      if (status === TOO_MANY) {
        if (at < (floods.get(actor) ?? 0)) return;
        floods.set(actor, at + TOO_MANY_EVERY_MS);
      }
      await db
        .prepare(
          'INSERT INTO audit (id, at, actor, role, action, subject, reason, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)',
        )
        .bind(id, at, actor, role, action, subject, reason, status)
        .run();
    },
    async list(limit, before) {
      const { results } = await db
        .prepare(
          `SELECT id, at, actor, role, action, subject, reason, status FROM audit WHERE at < ?1 AND at >=
             (SELECT min(at) FROM (SELECT at FROM audit WHERE at < ?1 ORDER BY at DESC LIMIT ?2))
           ORDER BY at DESC, number DESC`,
        )
        .bind(before ?? Number.MAX_SAFE_INTEGER, limit)
        .all<AuditEntry>();
      return results;
    },
  };
}
