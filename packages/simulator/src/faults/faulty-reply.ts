import { failureReply, type Reply, wireReplyOf } from '../vendor-api/reply.ts';
import type { Personality } from '../world/personality.ts';
import type { WireReply } from './delivery.ts';
import type { Fault } from './fault.ts';

/** Whether FacePass does what was asked although the request meets this fault. */
export function stillApplies(fault: Fault): boolean {
  if (fault.kind === 'server-error') return fault.applied;
  // Half of an answer is half of a proper one.
  if (fault.kind === 'reset') return fault.applied || fault.when === 'mid-body';
  return fault.kind !== 'rate-limited' && fault.kind !== 'fail' && fault.kind !== 'expired-token';
}

/**
 * What goes out in place of the proper answer, or the proper answer where the fault leaves its content alone.
 *
 * @param proper the answer to a request that was applied; undefined where it was not
 */
export function faultyReply(
  fault: Fault | undefined,
  proper: Reply | undefined,
  personality: Personality | undefined,
  nowMs: number,
): WireReply {
  const fail = (status: number, errorCode: string, reason: string) =>
    wireReplyOf(failureReply(status, errorCode, reason, personality));
  switch (fault?.kind) {
    case 'rate-limited':
      return withHeaders(fail(429, 'TOO_MANY_REQUESTS', 'too many requests'), retryAfter(fault, nowMs));
    case 'server-error':
      if (fault.body === 'html') return page(fault.status);
      if (fault.body === 'empty') return { status: fault.status, headers: {}, text: '', errorCode: null };
      return fail(fault.status, 'INTERNAL_ERROR', 'something broke');
    case 'fail':
      return fail(200, fault.errorCode, fault.reason);
    case 'expired-token':
      return withHeaders(fail(401, 'UNAUTHORIZED', 'expected a valid access token as Bearer'), {
        'www-authenticate': 'Bearer error="invalid_token"',
      });
    case 'not-json':
      return page(200);
    case 'wrong-shape':
      return wireReplyOf({ status: 200, headers: {}, body: { result: 'ok' } });
    case 'oversized':
      return wireReplyOf(padded(proper, fault.bytes));
    default:
      return proper === undefined ? fail(500, 'INTERNAL_ERROR', 'something broke') : wireReplyOf(proper);
  }
}

function withHeaders(reply: WireReply, headers: Readonly<Record<string, string>>): WireReply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function retryAfter(
  { retryAfterSeconds, retryAfterForm }: Extract<Fault, { kind: 'rate-limited' }>,
  nowMs: number,
): Record<string, string> {
  if (retryAfterSeconds === null) return {};
  const date = new Date(nowMs + retryAfterSeconds * 1000).toUTCString();
  return { 'retry-after': retryAfterForm === 'seconds' ? String(retryAfterSeconds) : date };
}

/** What a proxy in front of the service says when it is down. */
function page(status: number): WireReply {
  const text = '<!doctype html><html><head><title>FacePass</title></head><body><h1>Sorry</h1></body></html>';
  return { status, headers: { 'content-type': 'text/html;charset=UTF-8' }, text, errorCode: null };
}

function padded(proper: Reply | undefined, bytes: number): Reply {
  const { status, headers, body } = proper ?? { status: 200, headers: {}, body: {} };
  return { status, headers, body: { padding: 'x'.repeat(bytes), ...body } };
}
