import type { FacePassErrorContext } from '../errors.ts';
import { connectionFailure } from './connection-failure.ts';
import { readBody } from './read-body.ts';
import type { Runtime } from './runtime.ts';
import { type TimeLimit, withTimeLimit } from './time-limit.ts';

export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One request and its whole answer, within one time limit; statuses are the caller's business. */
export function exchange(
  runtime: Runtime,
  buildRequest: (signal: AbortSignal) => Request,
  limit: TimeLimit & { readonly maxResponseBytes: number },
  context: FacePassErrorContext,
): Promise<Exchange> {
  return withTimeLimit(runtime, limit, context, async (signal) => {
    const response = await runtime.fetch(buildRequest(signal)).catch((thrown: unknown) => {
      throw connectionFailure(thrown, context);
    });
    const text = await readBody(response, limit.maxResponseBytes, context);
    return { status: response.status, headers: response.headers, text };
  });
}
