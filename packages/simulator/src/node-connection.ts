import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Connection } from './faults/delivery.ts';

/** A real socket: a TCP reset before the headers, an early end of the chunked body after them. */
export function createNodeConnection(outgoing: ServerResponse): Connection {
  return {
    // The adapter would print such an error, and the caller has hung up anyway.
    bodyErrorsReachCaller: false,
    reset(sent) {
      if (sent === null) outgoing.socket?.resetAndDestroy();
      else {
        // A reset would also drop what its receiver has not read yet; an early end leaves the half for sure.
        outgoing.writeHead(sent.status, sent.headers);
        outgoing.write(sent.text, () => outgoing.destroy());
      }
      return RESPONSE_ALREADY_SENT;
    },
  };
}
