import { FacePassAuthError, type FacePassErrorContext, FacePassHttpError } from '../errors.ts';
import { parseRetryAfter } from './backoff.ts';
import type { Exchange } from './exchange.ts';

/**
 * Lets a 2xx pass. A handled request is HTTP 200, refusals included; anything else is a fault.
 *
 * @throws FacePassAuthError for 401, FacePassHttpError for the rest.
 */
export function checkStatus(answer: Exchange, nowMs: number, context: FacePassErrorContext): void {
  const { status } = answer;
  if (status >= 200 && status <= 299) return;
  if (status === 401) {
    const message =
      `FacePass refused a fresh access token for ${context.endpoint} (HTTP 401): check that tokenUrl, baseUrl ` +
      'and the credentials belong to one environment.';
    throw new FacePassAuthError({ message, status }, context);
  }
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), nowMs);
  throw new FacePassHttpError({ status, retryAfterMs, errorCode: errorCodeIn(answer.text) }, context);
}

function errorCodeIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
    const { error } = body;
    if (typeof error !== 'object' || error === null || !('errorCode' in error)) return undefined;
    return typeof error.errorCode === 'string' ? error.errorCode : undefined;
  } catch {
    return undefined;
  }
}
