import { consoleLog, describeError } from '../log.ts';

/**
 * What happened in this isolate, by minute and name, on its way to where all isolates' counts are added up. Names are
 * words of our own (`permit`, `deny.<reason>`, `trouble.<event>`), so that there are few of them.
 */
export interface Tally {
  count(name: string): void;
  /** Hands over what was counted if the last time is long enough ago; null where there is nothing to do. */
  handOverIfDue(): Promise<void> | null;
}

/** One row written for each name, at most this often for each isolate; a quiet one is at most this far behind. */
const HAND_OVER_MS = 30_000;

const MINUTE_MS = 60_000;

const ADD_UP = `
INSERT INTO watch_counts (minute, name, count)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1) WHERE true
ON CONFLICT (minute, name) DO UPDATE SET count = count + excluded.count`;

export function createTally(db: D1Database, now: () => number = () => Date.now()): Tally {
  let counts = new Map<string, number>();
  let handedOverAt = Number.NEGATIVE_INFINITY;

  const handOver = async (): Promise<void> => {
    const rows = [...counts].map(([key, count]) => {
      const [minute = '', name = ''] = key.split(' ');
      return [Number(minute), name, count];
    });
    counts = new Map();
    try {
      await db.prepare(ADD_UP).bind(JSON.stringify(rows)).run();
    } catch (error) {
      // Counts that are lost make an alert late; the questions themselves are in the decision log.
      consoleLog('error', 'tally.lost', describeError(error));
    }
  };

  return {
    count(name) {
      const key = `${Math.floor(now() / MINUTE_MS)} ${name}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    handOverIfDue() {
      if (counts.size === 0 || now() - handedOverAt < HAND_OVER_MS) return null;
      handedOverAt = now();
      return handOver();
    },
  };
}
