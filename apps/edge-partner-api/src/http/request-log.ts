import { routePath } from 'hono/route';
import { withFields } from '../log.ts';
import { servicesOf } from '../services/services.ts';
import { telemetryOf } from '../telemetry/telemetry.ts';
import { answerError } from './answer-error.ts';
import { type AppContext, factory } from './context.ts';

/** A request id of a caller is taken over only in this form: free text could carry anything into the log. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Gives every request an id and its services, answers the id as `x-request-id`, and writes one line when it is done. */
export const requestLog = factory.createMiddleware(async (c, next) => {
  const startedAt = Date.now();
  const given = c.req.header('x-request-id') ?? '';
  const requestId = UUID.test(given) ? given : crypto.randomUUID();
  c.set('requestId', requestId);
  const telemetry = telemetryOf(c.env);
  const log = withFields(telemetry.log, { requestId });
  c.set('log', log);
  try {
    c.set('services', servicesOf(c.env));
    await next();
  } catch (error) {
    // A bad environment: what comes later is answered further in.
    c.res = answerError(error, c);
  }
  if (c.get('isNamed') !== true) nameRequest(c, requestId);
  const request = {
    method: c.req.method,
    // The pattern, not the path: a path may name a person.
    route: c.get('route') ?? routePath(c, -1),
    status: c.res.status,
    outcome: c.get('outcome') ?? null,
    durationMs: Date.now() - startedAt,
  };
  log('info', 'request', request);
  telemetry.answered(request, c.get('verified'), c.get('door'));
  telemetry.handOver((work) => c.executionCtx.waitUntil(work));
});

/** Onto the answer as it is: `c.header` would make the whole answer anew. */
function nameRequest(c: AppContext, requestId: string): void {
  try {
    c.res.headers.set('x-request-id', requestId);
  } catch {
    // An answer of another server, handed through, lets nobody change its headers.
    c.header('x-request-id', requestId);
  }
}
