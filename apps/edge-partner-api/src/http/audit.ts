import { describeError } from '../log.ts';
import { TOO_MANY } from '../store/audit-trail.ts';
import { factory } from './context.ts';

/**
 * Records every call of an administrator that may change something, refused ones too, with who made it and how it ended;
 * and of calls turned away for being too many, reads as well, the first of a minute. A trail that cannot be written is an
 * error in the log and stops nobody: a lockdown must not wait for D1.
 */
export const audit = factory.createMiddleware(async (c, next) => {
  await next();
  const principal = c.get('principal');
  const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (principal === undefined || (reads && c.res.status !== TOO_MANY)) return;
  const entry = {
    id: c.get('requestId'),
    at: Date.now(),
    actor: principal.id,
    role: principal.role,
    action: c.get('action') ?? c.req.method,
    // What is not there was named by the caller, and may be anything: a person's key in the place of an id.
    subject: c.res.status === 404 || c.res.status === 400 ? null : (c.get('subject') ?? null),
    reason: c.get('reason') ?? null,
    status: c.res.status,
  };
  c.executionCtx.waitUntil(
    c
      .get('services')
      .audit.record(entry)
      .catch((error: unknown) => c.get('log')('error', 'audit.lost', describeError(error))),
  );
});
