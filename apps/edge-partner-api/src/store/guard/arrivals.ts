import type { DecisionLog } from '../decision-log.ts';
import type { MissingNumbers, NumberRange, Resent } from '../guard-port.ts';
import type { Outbox } from './outbox.ts';
import type { Progress } from './progress.ts';

/** Looks after decisions that are in the queue until the mirror has them. */
export interface Arrivals {
  /** Numbers that must have arrived by now, or null. */
  due(now: number): NumberRange | null;
  resend(range: NumberRange, missing: MissingNumbers, queue: DecisionLog, now: number): Promise<Resent>;
}

/** The queue delivers within seconds and tries for minutes; what has not come after this time is missing. */
const DELIVERY_MS = 10 * 60_000;
/** What was sent this often and does not arrive lies with the dead letters, for a person to look at. */
const ATTEMPTS = 3;

export function createArrivals(outbox: Outbox, progress: Progress): Arrivals {
  /** What is sent by now is due when delivery has had its time. */
  const waitFor = (through: number, now: number): void => {
    progress.set('arrivals_through', through);
    progress.set('arrivals_marked_at', now);
  };
  const arrivedThrough = (sequence: number, through: number, now: number): void => {
    progress.set('arrived', sequence);
    // The rest of a range that had more gaps than were named is asked about at once.
    if (sequence < through) return;
    waitFor(outbox.sent(), now);
  };

  return {
    due(now) {
      const after = progress.get('arrived');
      const through = progress.get('arrivals_through');
      if (through > after) {
        return now - progress.get('arrivals_marked_at') < DELIVERY_MS ? null : { after, through };
      }
      if (outbox.sent() > after) waitFor(outbox.sent(), now);
      return null;
    },

    async resend({ through }, { sequences, isAll }, queue, now) {
      const [oldest = 0] = sequences;
      const attempt = progress.get('arrivals_oldest') === oldest ? progress.get('arrivals_attempts') + 1 : 1;
      const kept = attempt > ATTEMPTS ? [] : outbox.numbered(sequences);
      if (kept.length > 0) {
        // Throws while the queue takes nothing: then this run did not happen.
        await queue.append(kept);
        progress.set('arrivals_oldest', oldest);
        progress.set('arrivals_attempts', attempt);
        progress.set('arrivals_marked_at', now);
        return { resent: kept.length, givenUp: 0 };
      }
      arrivedThrough(isAll ? through : (sequences.at(-1) ?? through), through, now);
      return { resent: 0, givenUp: sequences.length };
    },
  };
}
