import { FacePassOptionError } from '../errors.ts';

/** What a middleware may know of the call its request belongs to. */
export interface AttemptInfo {
  readonly callId: string;
  /** Method and path, without the query. */
  readonly endpoint: string;
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * Wraps every HTTP attempt to FacePass (not those to the token endpoint): may change the request, answer itself,
 * or look at the answer. What it throws ends the call as it is, without a retry; what `next` throws is a
 * `FacePassConnectionError` and may be passed on. `next` may be called once: a second request would be one that no
 * limit, no retry rule and no event knows of.
 *
 * @example
 * const traced: Middleware = async (request, next) => {
 *   request.headers.set('traceparent', currentTraceparent());
 *   return next(request);
 * };
 */
export type Middleware = (
  request: Request,
  next: (request: Request) => Promise<Response>,
  info: AttemptInfo,
) => Promise<Response>;

/** The first middleware is the outermost. */
export function compose(
  middleware: readonly Middleware[],
  info: AttemptInfo,
  send: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return middleware.reduceRight<(request: Request) => Promise<Response>>(
    (next, layer) => async (request) => layer(request, once(next), info),
    send,
  );
}

function once(next: (request: Request) => Promise<Response>): (request: Request) => Promise<Response> {
  let called = false;
  return async (request) => {
    if (called) {
      throw new FacePassOptionError(
        'middleware',
        "must call next at most once for an attempt; retries are the client's (maxRetries)",
      );
    }
    called = true;
    return next(request);
  };
}
