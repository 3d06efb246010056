import type { Connection, WireReply } from './delivery.ts';

/** For a caller in this process: what breaks looks to it as it would look to a caller of `fetch`. */
export const inProcessConnection: Connection = {
  bodyErrorsReachCaller: true,
  reset(sent) {
    const broken = connectionReset();
    if (sent === null) throw broken;
    return brokenOff(sent, broken);
  },
};

/** An answer whose body ends in an error. */
export function brokenOff({ status, headers, text }: WireReply, reason: Error): Response {
  let begun = text === '';
  const body = new ReadableStream<Uint8Array>({
    // One step a read: an error queued at once would overtake what was sent before it.
    pull: (controller) => {
      if (begun) controller.error(reason);
      else controller.enqueue(new TextEncoder().encode(text));
      begun = true;
    },
  });
  return new Response(body, { status, headers });
}

/** What Node's fetch rejects with when a socket is reset. */
function connectionReset(): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  return new TypeError('fetch failed', { cause });
}
