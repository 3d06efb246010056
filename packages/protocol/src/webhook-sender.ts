import { signWebhook } from './webhook-signature.ts';

/** Something an operator should look at. No field holds a row, a key of a person, a name or a token. */
export interface WebhookAlert {
  /** What happened, stable and meant for programs, such as `mirror.lag`. */
  readonly type: string;
  /** What it happened to, where the same can happen to several: a stream, a site. Part of the cool-down. */
  readonly subject?: string | undefined;
  /** When, UTC milliseconds. */
  readonly at: number;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** Remembers which alerts were sent lately; several processes may share one. */
export interface CoolDownStore {
  /**
   * Takes the turn to send `key`, unless somebody took it after `quietSinceMs`. Atomic: of several that ask at
   * once, one is told true.
   */
  claim(key: string, atMs: number, quietSinceMs: number): Promise<boolean>;
  /** Gives a turn taken at `atMs` back, because nothing was delivered. */
  release(key: string, atMs: number): Promise<void>;
}

/**
 * - `sent`: the receiver answered 2xx;
 * - `cooling`: the same was sent lately;
 * - `failed`: no attempt was taken, and the next alert of its kind will be sent at once.
 */
export type WebhookOutcome = 'sent' | 'cooling' | 'failed';

export interface WebhookSender {
  /** Never throws for what the receiver or the network does: an alert must not break what it is about. */
  send(alert: WebhookAlert): Promise<WebhookOutcome>;
}

export interface WebhookSenderOptions {
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in Base64. */
  readonly secret: string;
  readonly store: CoolDownStore;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly newId: () => string;
  /** How long an alert of the same type and subject is not repeated. Default: an hour. */
  readonly coolDownMs?: number;
}

const COOL_DOWN_MS = 3_600_000;
/** Attempts of one alert within the invocation that raises it, and the wait before the second, doubled after. */
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;
/** A receiver that does not answer in this time has not taken the alert. */
const ATTEMPT_TIMEOUT_MS = 5_000;

/** Sends alerts to one receiver: signed, tried three times, the same not again within the cool-down. */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { url, secret, store, now, sleep, newId, coolDownMs = COOL_DOWN_MS } = options;

  const attempt = async (id: string, body: string): Promise<boolean> => {
    const timestamp = Math.floor(now() / 1_000);
    const request = new Request(url, {
      method: 'POST',
      // A receiver that moved would get the alert, and its signature, at an address nobody configured.
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': await signWebhook(secret, { id, timestamp, body }),
      },
      body,
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
    });
    try {
      const response = await options.fetch(request);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  };

  return {
    async send({ type, subject, at, fields }) {
      const key = subject === undefined ? type : `${type}:${subject}`;
      const claimedAt = now();
      if (!(await store.claim(key, claimedAt, claimedAt - coolDownMs))) return 'cooling';
      // The same id in every attempt: a receiver that took one whose answer was lost knows it again.
      const id = newId();
      const body = JSON.stringify({
        type,
        timestamp: new Date(at).toISOString(),
        data: { ...fields, ...(subject === undefined ? {} : { subject }) },
      });
      for (let tries = 1; tries <= ATTEMPTS; tries++) {
        if (await attempt(id, body)) return 'sent';
        if (tries < ATTEMPTS) await sleep(FIRST_WAIT_MS * 2 ** (tries - 1));
      }
      await store.release(key, claimedAt);
      return 'failed';
    },
  };
}

/** Remembers within one process only. */
export function createMemoryCoolDown(): CoolDownStore {
  const claimed = new Map<string, number>();
  return {
    async claim(key, atMs, quietSinceMs) {
      if ((claimed.get(key) ?? Number.NEGATIVE_INFINITY) > quietSinceMs) return false;
      claimed.set(key, atMs);
      return true;
    },
    async release(key, atMs) {
      if (claimed.get(key) === atMs) claimed.delete(key);
    },
  };
}
