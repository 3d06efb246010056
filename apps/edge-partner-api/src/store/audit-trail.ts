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
  record(entry: AuditEntry): Promise<void>;
  /** Newest first, those before `before` where given. */
  list(limit: number, before: number | undefined): Promise<AuditEntry[]>;
}

export function createD1AuditTrail(db: D1Database): AuditTrail {
  return {
    async record({ id, at, actor, role, action, subject, reason, status }) {
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
          'SELECT id, at, actor, role, action, subject, reason, status FROM audit WHERE at < ?1 ORDER BY at DESC LIMIT ?2',
        )
        .bind(before ?? Number.MAX_SAFE_INTEGER, limit)
        .all<AuditEntry>();
      return results;
    },
  };
}
