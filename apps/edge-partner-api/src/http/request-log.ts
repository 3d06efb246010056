import { routePath } from 'hono/route';
import { consoleLog, withFields } from '../log.ts';
import { factory } from './context.ts';

/** A request id of a caller is taken over only in this form: free text could carry anything into the log. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Gives every request an id, answers it as `x-request-id`, and writes one line when it is done. */
export const requestLog = factory.createMiddleware(async (c, next) => {
  const startedAt = Date.now();
  const given = c.req.header('x-request-id') ?? '';
  const requestId = UUID.test(given) ? given : crypto.randomUUID();
  c.set('requestId', requestId);
  const log = withFields(consoleLog, { requestId });
  c.set('log', log);
  // Set before the answer is made: set afterwards, it would have the whole answer made again.
  c.header('x-request-id', requestId);
  await next();
  if (!c.res.headers.has('x-request-id')) c.header('x-request-id', requestId);
  log('info', 'request', {
    method: c.req.method,
    // The pattern, not the path: a path may name a person.
    route: routePath(c, -1),
    status: c.res.status,
    outcome: c.get('outcome') ?? null,
    durationMs: Date.now() - startedAt,
  });
});
