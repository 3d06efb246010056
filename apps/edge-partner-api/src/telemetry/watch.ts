import {
  type CoolDownStore,
  createMemoryCoolDown,
  createWebhookSender,
  type WebhookAlert,
} from '@facepass-kit/protocol';
import { type AlertRules, dueAlerts } from './alert-rules.ts';

/** Looks every minute whether somebody must be told, and tells them. */
export interface Watch {
  /** How many alerts were sent, held back because they were sent lately, and refused by the receiver. */
  look(): Promise<{ sent: number; cooling: number; failed: number }>;
}

export interface WatchOptions {
  readonly db: D1Database;
  readonly webhook: { readonly url: string; readonly secret: string };
  readonly rules: AlertRules;
  /** Names of what a door needs and does not have now; asked although nobody is at a door. */
  readonly missing: () => Promise<readonly string[]>;
  readonly now?: () => number;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly sleep?: (ms: number) => Promise<void>;
}

const MINUTE_MS = 60_000;
/** As long as the longest window of a rule, and some. */
const COUNTS_KEPT_MINUTES = 2 * 24 * 60;

export function createWatch(options: WatchOptions): Watch {
  const { db, webhook, rules, missing, now = () => Date.now() } = options;
  const sender = createWebhookSender({
    ...webhook,
    store: createD1CoolDown(db),
    fetch: options.fetch ?? ((request) => fetch(request)),
    now,
    sleep: options.sleep ?? ((ms) => new Promise((done) => setTimeout(done, ms))),
    newId: () => crypto.randomUUID(),
  });

  const countsOf = async (minutes: number): Promise<Map<string, number>> => {
    const { results } = await db
      .prepare('SELECT name, sum(count) AS count FROM watch_counts WHERE minute > ?1 GROUP BY name')
      .bind(Math.floor(now() / MINUTE_MS) - minutes)
      .all<{ name: string; count: number }>();
    return new Map(results.map(({ name, count }) => [name, count]));
  };

  const unready = async (): Promise<WebhookAlert[]> => {
    const names = await missing();
    return names.length === 0
      ? []
      : [{ type: 'edge.unready', subject: names.toSorted().join(' '), at: now(), fields: {} }];
  };

  return {
    async look() {
      const outcomes = { sent: 0, cooling: 0, failed: 0 };
      const send = async (alerts: readonly WebhookAlert[]): Promise<void> => {
        for (const alert of alerts) outcomes[await sender.send(alert)] += 1;
      };
      // First and in its own right: what happened is counted in D1, which may be what is missing.
      await send(await unready());
      await send(await dueAlerts(rules, countsOf, now()));
      await db
        .prepare('DELETE FROM watch_counts WHERE minute < ?1')
        .bind(Math.floor(now() / MINUTE_MS) - COUNTS_KEPT_MINUTES)
        .run();
      return outcomes;
    },
  };
}

/** When each alert was last sent, for every isolate the same; while D1 is down each remembers for itself. */
function createD1CoolDown(db: D1Database): CoolDownStore {
  const here = createMemoryCoolDown();
  const stored: CoolDownStore = {
    async claim(key, atMs, quietSinceMs) {
      const claimed = await db
        .prepare(
          `INSERT INTO watch_alerts (key, at) VALUES (?1, ?2)
           ON CONFLICT (key) DO UPDATE SET at = excluded.at WHERE at <= ?3 RETURNING key`,
        )
        .bind(key, atMs, quietSinceMs)
        .first('key');
      return claimed !== null;
    },
    async release(key, atMs) {
      await db.prepare('DELETE FROM watch_alerts WHERE key = ?1 AND at = ?2').bind(key, atMs).run();
    },
  };
  return {
    claim: (...turn) => stored.claim(...turn).catch(() => here.claim(...turn)),
    release: (...turn) => stored.release(...turn).catch(() => here.release(...turn)),
  };
}
