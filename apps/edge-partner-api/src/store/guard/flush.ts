import { DECISIONS_PER_MESSAGE_MAX, type DecisionMessage } from '@facepass-kit/protocol';
import { consoleLog, describeError, type Log, type LogFields } from '../../log.ts';
import { type DecisionLog, decisionBatches } from '../decision-log.ts';
import type { Outbox, Waiting } from './outbox.ts';

/** Decisions taken to the queue in one run; the rest follows in the next. */
export const FLUSH_LIMIT = 1_000;

/**
 * Decisions wait this long for company on their way to the queue: an alarm and a message are charged, whether for one
 * decision or for a hundred. They are safe meanwhile: each is in the outbox before its answer leaves.
 */
export const FLUSH_AFTER_MS = 10_000;

/**
 * So often a decision is refused, each time while the queue takes another one right afterwards, before it is set aside: a
 * queue that comes and goes refuses what it will take later.
 */
const REFUSALS = 3;

/**
 * Takes waiting decisions to the queue, in order. One that the queue refuses for its own sake is set aside, so
 * that it cannot stop all that come after it; while the queue takes nothing at all, everything waits. A message's worth
 * is read at a time: questions at doors come between one and the next.
 */
export async function flush(outbox: Outbox, queue: DecisionLog, log: Log = consoleLog): Promise<void> {
  // What is decided meanwhile waits for company.
  for (let left = Math.min(outbox.waiting(), FLUSH_LIMIT); left > 0; left -= DECISIONS_PER_MESSAGE_MAX) {
    await flushSome(outbox.unsent(Math.min(left, DECISIONS_PER_MESSAGE_MAX)), outbox, queue, log);
  }
}

async function flushSome(
  waiting: readonly Waiting[],
  outbox: Outbox,
  queue: DecisionLog,
  log: Log,
): Promise<void> {
  const setAside = (sequence: number, fields: LogFields): void => {
    const total = outbox.setAside(sequence);
    log('error', 'guard.decision_set_aside', { sequence, total, ...fields });
  };
  const unreadable = waiting.filter(({ decision }) => decision === null).map(({ sequence }) => sequence);
  /** What cannot be read is set aside with what came before it, in one step: once, and never passed over. */
  const doneThrough = (sequence: number): void => {
    while (unreadable[0] !== undefined && unreadable[0] <= sequence) {
      setAside(unreadable[0], { error: 'unreadable' });
      unreadable.shift();
    }
    outbox.sentThrough(sequence);
  };
  for (const batch of decisionBatches(waiting.flatMap(({ decision }) => decision ?? []))) {
    if ((await refusalOf(queue, batch)) !== null) {
      for (const decision of batch) {
        const refusal = await refusalForItsOwnSake(decision, outbox, queue);
        const sequence = decision.sequence ?? 0;
        if (refusal !== null) {
          setAside(sequence, { decisionId: decision.id, ...describeError(refusal.error) });
        }
        doneThrough(sequence);
      }
    }
    doneThrough(batch.at(-1)?.sequence ?? 0);
  }
  // Past unreadable ones at the end, too.
  doneThrough(waiting.at(-1)?.sequence ?? 0);
}

interface QueueRefusal {
  readonly error: unknown;
}

async function refusalOf(
  queue: DecisionLog,
  batch: readonly DecisionMessage[],
): Promise<QueueRefusal | null> {
  try {
    await queue.send(batch);
    return null;
  } catch (error) {
    return { error };
  }
}

/** @throws where the queue takes nothing */
async function refusalForItsOwnSake(
  decision: DecisionMessage,
  outbox: Outbox,
  queue: DecisionLog,
): Promise<QueueRefusal | null> {
  for (let refusals = 1; ; refusals++) {
    const refusal = await refusalOf(queue, [decision]);
    if (refusal === null) return null;
    const [newest = decision] = outbox.last(1);
    await queue.append([newest]);
    if (refusals === REFUSALS) return refusal;
  }
}
