import { type CoolDownStore, createMemoryCoolDown, type WebhookSender } from '@facepass-kit/protocol';
import type { Log, LogFields } from '../log.ts';
import type { Database } from '../store/database.ts';
import type { Metrics } from './metrics.ts';

const HOUR_MS = 3_600_000;

interface RaisedAlert {
  readonly event: string;
  readonly fields: LogFields;
}

/** A log whose alerts are kept, to be sent when the work that raised them is done. */
export interface AlertLog extends Log {
  /** Sends what was raised since the last time; each kind at most once, with what the last of its kind said. */
  flush(sender: WebhookSender, nowMs: number): Promise<void>;
}

/** Fields that say what an alert is about: the same about something else is another alert. */
const subjects = ['stream', 'dataset', 'field', 'errorCode'] as const;

export function createAlertLog(log: Log, metrics: Pick<Metrics, 'alert'>): AlertLog {
  const raised = new Map<string, RaisedAlert>();
  return {
    info: log.info,
    alert(event, fields = {}) {
      log.alert(event, fields);
      metrics.alert(event, fields);
      raised.set(`${event}:${subjectOf(fields) ?? ''}`, { event, fields });
    },
    async flush(sender, nowMs) {
      const alerts = [...raised.values()];
      raised.clear();
      for (const { event, fields } of alerts) {
        const outcome = await sender.send({
          type: `mirror.${event}`,
          subject: subjectOf(fields),
          at: nowMs,
          fields,
        });
        if (outcome === 'failed') log.alert('alerts.not_delivered', { alert: event });
      }
    },
  };
}

function subjectOf(fields: LogFields): string | undefined {
  const about = subjects.flatMap((name) => {
    const value = fields[name];
    return value === undefined || value === null ? [] : [String(value)];
  });
  return about.length === 0 ? undefined : about.join('/');
}

/** For when the database itself is what the alert is about. */
const whileDatabaseIsAway = createMemoryCoolDown();

/** Remembers in the mirror's database what was sent, for all invocations; in this isolate while it is out of reach. */
export function d1CoolDown(database: Database): CoolDownStore {
  const stored: CoolDownStore = {
    async claim(key, atMs, quietSinceMs) {
      const [result] = await database.execute([
        {
          sql: `INSERT INTO alerts_sent (key, sent_at) VALUES (?1, ?2)
                ON CONFLICT (key) DO UPDATE SET sent_at = excluded.sent_at WHERE sent_at <= ?3 OR sent_at > ?4`,
          // One that was sent long after now was sent by a clock that was ahead.
          params: [key, atMs, quietSinceMs, atMs + HOUR_MS],
        },
      ]);
      return (result?.changes ?? 0) > 0;
    },
    async release(key, atMs) {
      await database.execute([
        { sql: 'DELETE FROM alerts_sent WHERE key = ?1 AND sent_at = ?2', params: [key, atMs] },
      ]);
    },
  };
  return {
    claim: (...claim) => stored.claim(...claim).catch(() => whileDatabaseIsAway.claim(...claim)),
    release: (...claim) => stored.release(...claim).catch(() => whileDatabaseIsAway.release(...claim)),
  };
}
