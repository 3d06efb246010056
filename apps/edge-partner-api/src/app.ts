import { HonoBase } from 'hono/hono-base';
import { TrieRouter } from 'hono/router/trie-router';
import { getPath } from 'hono/utils/url';
import { adminAuth } from './http/admin-auth.ts';
import { answerError } from './http/answer-error.ts';
import { audit } from './http/audit.ts';
import { brokerAuth } from './http/broker-auth.ts';
import { type AppEnv, factory } from './http/context.ts';
import { ADMIN_BODY_MAX_BYTES, jsonBody, PARTNER_BODY_MAX_BYTES } from './http/json-body.ts';
import { partnerAuth } from './http/partner-auth.ts';
import { withoutPrefix } from './http/path-prefix.ts';
import { rateLimit } from './http/rate-limit.ts';
import { Refusal } from './http/refusal.ts';
import { requestLog } from './http/request-log.ts';
import { mountRoutes } from './http/route.ts';
import { routes } from './routes/index.ts';
import { servicesOf } from './services/services.ts';

const adminLimit = rateLimit(
  (env) => env.ADMIN_LIMIT,
  (c) => c.get('principal')?.id ?? '',
);

/** Files are read as streams by their route, which bounds them itself. */
const uploads = new Set(
  routes.flatMap(({ spec }) =>
    spec.upload === undefined ? [] : [`${spec.method.toUpperCase()} ${spec.path}`],
  ),
);
const readJson = jsonBody(ADMIN_BODY_MAX_BYTES);
const adminBody = factory.createMiddleware(async (c, next) =>
  uploads.has(`${c.req.method} ${c.req.path}`) ? await next() : await readJson(c, next),
);

export const app = new HonoBase<AppEnv>({
  // Hono's own choice for addresses such as /members/lookup beside /members/:person, without the ones it tries first.
  router: new TrieRouter(),
  getPath: (request, options) => withoutPrefix(getPath(request), options?.env?.PARTNER_PATH_PREFIX),
});

app.onError(answerError);
app.notFound((c) => answerError(new Refusal(404, 'NOT_FOUND', 'There is no such route.'), c));
app.use(requestLog);
app.use((c, next) => {
  c.set('services', servicesOf(c.env));
  return next();
});
app.use('/v1/*', partnerAuth, jsonBody(PARTNER_BODY_MAX_BYTES));
app.use(
  '/broker/*',
  brokerAuth,
  rateLimit(
    (env) => env.BROKER_LIMIT,
    // Counted under the pseudonym: a key that names a person goes to no other service.
    async (c) => await (await c.get('services').people()).hmac(c.get('bearer')),
  ),
  jsonBody(PARTNER_BODY_MAX_BYTES),
);
app.use('/admin/*', adminAuth, adminLimit, audit, adminBody);
mountRoutes(app, routes);
