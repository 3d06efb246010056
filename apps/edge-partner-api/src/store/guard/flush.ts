import { DECISIONS_PER_MESSAGE_MAX } from '@facepass-kit/protocol';
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
  const decisions = waiting.flatMap(({ sequence, decision }) => {
    if (decision === null) setAside(sequence, { error: 'unreadable' });
    return decision ?? [];
  });
  for (const batch of decisionBatches(decisions)) {
    const sent = await accepts(queue, batch);
    if (sent !== true) {
      // Throws where the queue takes nothing: then it is not for the sake of one message.
      const [newest = batch.at(-1)] = outbox.last(1);
      if (newest !== undefined) await queue.append([newest]);
      for (const decision of batch) {
        const refused = await accepts(queue, [decision]);
        const { sequence, id } = decision;
        if (refused !== true && sequence !== null) {
          setAside(sequence, { decisionId: id, ...describeError(refused.error) });
        }
      }
    }
    outbox.sentThrough(batch.at(-1)?.sequence ?? 0);
  }
  // Past unreadable ones at the end, too: they would be set aside again and again.
  const last = waiting.at(-1);
  if (last !== undefined) outbox.sentThrough(last.sequence);
}

async function accepts(
  queue: DecisionLog,
  batch: Parameters<DecisionLog['send']>[0],
): Promise<true | { readonly error: unknown }> {
  try {
    await queue.send(batch);
    return true;
  } catch (error) {
    return { error };
  }
}
