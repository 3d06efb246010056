import { HonoBase } from 'hono/hono-base';
import { getPath } from 'hono/utils/url';
import { adminAuth } from './http/admin-auth.ts';
import { hasRole } from './http/admin-role.ts';
import { answerError } from './http/answer-error.ts';
import { audit } from './http/audit.ts';
import { brokerAuth } from './http/broker-auth.ts';
import { type AppEnv, factory } from './http/context.ts';
import {
  ADMIN_BODY_MAX_BYTES,
  PARTNER_BODY_MAX_BYTES,
  refuseDamaged,
  takeJsonBody,
} from './http/json-body.ts';
import { authenticatePartner } from './http/partner-auth.ts';
import { withoutPrefix } from './http/path-prefix.ts';
import { rateLimit } from './http/rate-limit.ts';
import { Refusal } from './http/refusal.ts';
import { RememberingRouter } from './http/remembering-router.ts';
import { requestLog } from './http/request-log.ts';
import { mountRoutes } from './http/route.ts';
import { routes } from './routes/index.ts';

const counted = rateLimit(
  (env) => env.ADMIN_LIMIT,
  (c) => c.get('principal')?.id ?? '',
);
/** Whoever may not do what is urgent is counted as anywhere. */
const urgent = routes.flatMap(({ spec: { isUrgent, method, path, access } }) =>
  isUrgent && typeof access === 'object'
    ? [{ address: new RegExp(`^${method} ${path.replaceAll(/:\w+/g, '[^/]+')}$`, 'i'), role: access.admin }]
    : [],
);
const adminLimit = factory.createMiddleware(async (c, next) => {
  const asked = `${c.req.method} ${c.req.path}`;
  const isUrgent = urgent.some(
    ({ address, role }) => address.test(asked) && hasRole(c.get('principal'), role),
  );
  return isUrgent ? await next() : await counted(c, next);
});

/** Files are read as streams by their route, which bounds them itself. */
const uploads = new Set(
  routes.flatMap(({ spec }) =>
    spec.upload === undefined ? [] : [`${spec.method.toUpperCase()} ${spec.path}`],
  ),
);
const adminBody = factory.createMiddleware(async (c, next) => {
  if (!uploads.has(`${c.req.method} ${c.req.path}`)) {
    await takeJsonBody(c, ADMIN_BODY_MAX_BYTES);
    refuseDamaged(c);
  }
  await next();
});

export const app = new HonoBase<AppEnv>({
  router: new RememberingRouter(),
  getPath: (request, options) => withoutPrefix(getPath(request), options?.env?.PARTNER_PATH_PREFIX),
});

app.onError(answerError);
app.notFound((c) => answerError(new Refusal(404, 'NOT_FOUND', 'There is no such route.'), c));
app.use(requestLog);
// One step, not two: each costs a question as much as deciding it.
app.use('/v1/*', async (c, next) => {
  await authenticatePartner(c);
  await takeJsonBody(c, PARTNER_BODY_MAX_BYTES);
  await next();
});
app.use(
  '/broker/*',
  brokerAuth,
  rateLimit(
    (env) => env.BROKER_LIMIT,
    // Counted under the pseudonym: a key that names a person goes to no other service.
    async (c) => await (await c.get('services').people()).hmac(c.get('bearer')),
  ),
  async (c, next) => {
    await takeJsonBody(c, PARTNER_BODY_MAX_BYTES);
    await next();
  },
);
app.use('/admin/*', adminAuth, audit, adminLimit, adminBody);
mountRoutes(app, routes);
