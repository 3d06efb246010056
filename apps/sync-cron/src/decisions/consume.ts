import { decisionMessage } from '@facepass-kit/protocol';
import type { Log } from '../log.ts';
import type { Database } from '../store/database.ts';
import { storeDecisions } from './decision-store.ts';

export interface ConsumeParts {
  readonly database: Database;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Takes a batch of the decisions queue into the mirror. Messages that are not decisions are sent back, so that
 * after their retries they rest in the dead-letter queue; the others do not wait for them. When D1 fails the
 * error goes to the runtime, which delivers the whole batch again.
 */
export async function consumeDecisions(
  batch: MessageBatch<unknown>,
  { database, now, log }: ConsumeParts,
): Promise<void> {
  const read = batch.messages.map((message) => ({
    message,
    parsed: decisionMessage.safeParse(message.body),
  }));
  const decisions = read.flatMap(({ parsed }) => (parsed.success ? [parsed.data] : []));
  const stored = await storeDecisions(database, decisions, now());
  for (const { message, parsed } of read) {
    if (parsed.success) message.ack();
    else message.retry();
  }
  const unreadable = read.length - decisions.length;
  log.info('decisions.stored', { received: read.length, stored, repeated: decisions.length - stored });
  if (unreadable > 0) log.alert('decisions.unreadable', { messages: unreadable });
}
