import type { Problem } from '@facepass-kit/protocol';
import { BadEnvironmentError, NotConfiguredError } from '../env.ts';
import { describeError } from '../log.ts';
import type { AppContext } from './context.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** Admin routes answer RFC 9457 problem details, FacePass its own plain `{message, code}`. */
export function answerError(error: unknown, c: AppContext): Response {
  const refusal = refusalOf(error);
  c.set('outcome', refusal.code);
  report(error, refusal, c);
  return isAdmin(c) ? problemOf(refusal, c) : plain(refusal, c);
}

function isAdmin(c: AppContext): boolean {
  return c.req.path === '/admin' || c.req.path.startsWith('/admin/');
}

function plain({ status, code, message, errors }: Refusal, c: AppContext): Response {
  return c.json({ message, code, ...(errors.length > 0 ? { errors } : {}) }, status);
}

function problemOf({ status, code, message, errors }: Refusal, c: AppContext): Response {
  const problem: Problem = {
    type: 'about:blank',
    title: code,
    status,
    code,
    detail: message,
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
  };
  return c.json(problem, status, { 'content-type': 'application/problem+json' });
}

/** What an operator must hear of: what is to be configured, and what nobody foresaw. */
function report(error: unknown, { status }: Refusal, c: AppContext): void {
  const log = c.get('log');
  if (error instanceof NotConfiguredError || error instanceof BadEnvironmentError) {
    log('error', 'environment', { variable: error.variable, problem: error.message });
  } else if (status >= 500) {
    log('error', 'request.failed', describeError(error));
  }
}
