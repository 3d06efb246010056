import type { DecisionMessage } from '@facepass-kit/protocol';

/** Where decisions go after they were answered. Delivery is at least once. */
export interface DecisionLog {
  append(messages: readonly DecisionMessage[]): Promise<void>;
}

/** Cloudflare Queues takes at most 100 messages and 256 KB in one batch. */
const BATCH_MESSAGES = 100;
const BATCH_BYTES = 240_000;

export function createQueueDecisionLog(queue: Queue<DecisionMessage>): DecisionLog {
  return {
    async append(messages) {
      for (const batch of batches(messages)) {
        await queue.sendBatch(batch.map((body) => ({ body, contentType: 'json' })));
      }
    },
  };
}

function* batches(messages: readonly DecisionMessage[]): Generator<DecisionMessage[]> {
  let batch: DecisionMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = new TextEncoder().encode(JSON.stringify(message)).byteLength;
    if (batch.length > 0 && (batch.length === BATCH_MESSAGES || bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
