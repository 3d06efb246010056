import type { FacePassErrorContext } from '../errors.ts';
import { connectionFailure } from './connection-failure.ts';
import { readBody } from './read-body.ts';
import type { Runtime } from './runtime.ts';
import { type TimeLimit, withTimeLimit } from './time-limit.ts';

/** A whole answer. */
export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of the body. */
  readonly bytes: number;
}

export interface ExchangeOptions {
  readonly runtime: Runtime;
  readonly limit: TimeLimit;
  readonly maxResponseBytes: number;
  readonly context: FacePassErrorContext;
  readonly buildRequest: (signal: AbortSignal) => Request;
  /** Wraps the sending, inside the time limit. */
  readonly around?: (
    send: (request: Request) => Promise<Response>,
  ) => (request: Request) => Promise<Response>;
}

/** One request and its whole answer, within one time limit; statuses are the caller's business. */
export function exchange(options: ExchangeOptions): Promise<Exchange> {
  const { runtime, limit, context } = options;
  const send = async (request: Request): Promise<Response> => {
    try {
      return await runtime.fetch(request);
    } catch (thrown) {
      throw connectionFailure(thrown, context);
    }
  };
  return withTimeLimit(runtime, limit, context, async (signal) => {
    const response = await (options.around?.(send) ?? send)(options.buildRequest(signal));
    const body = await readBody(response, options.maxResponseBytes, context);
    return { status: response.status, headers: response.headers, ...body };
  });
}
