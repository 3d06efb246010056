import type { DecisionMessage } from '@facepass-kit/protocol';

/** Where decisions go after they were answered. Delivery is at least once. */
export interface DecisionLog {
  append(messages: readonly DecisionMessage[]): Promise<void>;
}

/** Cloudflare Queues takes at most 100 messages and 256 KB in one batch. */
const BATCH_MESSAGES = 100;
const BATCH_BYTES = 240_000;
/** A message has at most 128 KB, and some of that goes to the queue's own words. */
const MESSAGE_BYTES = 120_000;

export function createQueueDecisionLog(queue: Queue<DecisionMessage>): DecisionLog {
  return {
    async append(messages) {
      for (const batch of decisionBatches(messages)) {
        await queue.sendBatch(batch.map((body) => ({ body, contentType: 'json' })));
      }
    },
  };
}

/** Messages as they fit into one sending each, in order. */
export function* decisionBatches(messages: readonly DecisionMessage[]): Generator<DecisionMessage[]> {
  let batch: DecisionMessage[] = [];
  let bytes = 0;
  for (const message of messages.map(fitting)) {
    const size = bytesOf(message);
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

/** A message too large for the queue goes without its inputs: the answer is kept, but cannot be made again. */
function fitting(message: DecisionMessage): DecisionMessage {
  return bytesOf(message) <= MESSAGE_BYTES ? message : { ...message, inputs: { trimmed: true } };
}

function bytesOf(message: DecisionMessage): number {
  return new TextEncoder().encode(JSON.stringify(message)).byteLength;
}
