import {
  DECISIONS_PER_MESSAGE_MAX,
  type DecisionMessage,
  type DecisionQueueMessage,
} from '@facepass-kit/protocol';

/** Where decisions go after they were answered. Delivery is at least once. */
export interface DecisionLog {
  append(messages: readonly DecisionMessage[]): Promise<void>;
  /** One of the batches of {@link decisionBatches}, whose size is not looked at again. */
  send(batch: readonly DecisionMessage[]): Promise<void>;
}

/** A message has at most 128 KB, and some of that goes to the queue's own words. */
const MESSAGE_BYTES = 120_000;

/** Decisions in as few messages as they fit into: each is charged, whatever it brings. */
export function createQueueDecisionLog(queue: Queue<DecisionQueueMessage>): DecisionLog {
  const send = async (decisions: readonly DecisionMessage[]): Promise<void> => {
    const [first, ...more] = decisions;
    if (first === undefined) return;
    await queue.send(more.length === 0 ? first : { v: 1, decisions: [...decisions] }, {
      contentType: 'json',
    });
  };
  return {
    send,
    async append(messages) {
      for (const batch of decisionBatches(messages)) await send(batch);
    },
  };
}

/** Decisions as they fit into one message each, in order. */
export function* decisionBatches(messages: readonly DecisionMessage[]): Generator<DecisionMessage[]> {
  let batch: DecisionMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const [fitting, size] = fitted(message);
    if (batch.length > 0 && (batch.length === DECISIONS_PER_MESSAGE_MAX || bytes + size > MESSAGE_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(fitting);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/**
 * A decision too large for the queue goes without its inputs: the answer is kept, but cannot be made again. A question
 * within its limit can be too large by itself, since `1e20` is read in four characters and written in 21.
 */
function fitted(message: DecisionMessage): [DecisionMessage, number] {
  const size = bytesOf(message);
  if (size <= MESSAGE_BYTES) return [message, size];
  const withParams = { ...message, inputs: TRIMMED };
  const trimmedSize = bytesOf(withParams);
  if (trimmedSize <= MESSAGE_BYTES) return [withParams, trimmedSize];
  const trimmed = { ...withParams, params: TRIMMED };
  return [trimmed, bytesOf(trimmed)];
}

const TRIMMED = { trimmed: true };

/** Without a character of two bytes and more; looking is many times as fast as encoding. */
const ASCII = /^[\0-\x7f]*$/;

/** With the comma between two. */
function bytesOf(message: DecisionMessage): number {
  const json = JSON.stringify(message);
  return (ASCII.test(json) ? json.length : new TextEncoder().encode(json).byteLength) + 1;
}
