import { decisionMessage, decisionsIn } from '@facepass-kit/protocol';
import type { Log } from '../log.ts';
import type { PresentNames } from '../renewal/present-names.ts';
import type { Database } from '../store/database.ts';
import { inParameters } from '../store/in-parameters.ts';
import { storeDecisions } from './decision-store.ts';

export interface ConsumeParts {
  readonly database: Database;
  readonly present: Pick<PresentNames, 'references'>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Takes a batch of the decisions queue into the mirror; a message brings one decision or several. Messages in which
 * something is no decision are sent back, so that after their retries they rest in the dead-letter queue; whatever
 * else is in them is stored, and the others do not wait for them. When D1 fails the error goes to the runtime, which
 * delivers the whole batch again.
 */
export async function consumeDecisions(
  batch: MessageBatch<unknown>,
  { database, present, now, log }: ConsumeParts,
): Promise<void> {
  const read = batch.messages.map((message) => {
    const parts = decisionsIn(message.body).map((part) => decisionMessage.safeParse(part));
    return { message, decisions: parts.flatMap(({ data }) => data ?? []), parts: parts.length };
  });
  const decisions = read.flatMap((one) => one.decisions);
  let stored = 0;
  for (const some of inParameters(decisions, (decision) => JSON.stringify(decision).length))
    stored += await storeDecisions(database, present, some, now());
  for (const { message, parts, decisions } of read) {
    if (decisions.length === parts) message.ack();
    else message.retry();
  }
  const unreadable = read.reduce((sum, one) => sum + one.parts - one.decisions.length, 0);
  log.info('decisions.stored', {
    received: decisions.length + unreadable,
    stored,
    repeated: decisions.length - stored,
  });
  if (unreadable > 0) log.alert('decisions.unreadable', { decisions: unreadable });
}
