import { Hono } from 'hono';
import { answerError } from './http/answer-error.ts';
import { bearerAuth } from './http/bearer-auth.ts';
import type { AppEnv } from './http/context.ts';
import { ADMIN_BODY_MAX_BYTES, jsonBody, PARTNER_BODY_MAX_BYTES } from './http/json-body.ts';
import { Refusal } from './http/refusal.ts';
import { requestLog } from './http/request-log.ts';
import { upsertMembersRoute } from './routes/admin/members.ts';
import {
  recentDecisionsRoute,
  recentRegistrationsRoute,
  recentVerificationsRoute,
  syncRoute,
} from './routes/admin/mirror.ts';
import { publishReleaseRoute, releaseHeadRoute } from './routes/admin/releases.ts';
import { siteModeRoute } from './routes/admin/site-mode.ts';
import { permissionsRoute } from './routes/partner/permissions.ts';
import { registeredRoute } from './routes/partner/registered.ts';
import { validateRoute } from './routes/partner/validate.ts';
import { servicesOf } from './services/services.ts';

export const app = new Hono<AppEnv>();

app.onError(answerError);
app.notFound((c) => answerError(new Refusal(404, 'NOT_FOUND', 'There is no such route.'), c));
app.use(requestLog);

app.get('/healthz', (c) => c.json({ status: 'ok' }));

app.use(async (c, next) => {
  c.set('services', servicesOf(c.env));
  await next();
});

app.use(
  '/v1/*',
  bearerAuth((services) => services.partnerToken),
  jsonBody(PARTNER_BODY_MAX_BYTES),
);
app.post('/v1/user/validate', ...validateRoute);
app.post('/v1/access/permissions', ...permissionsRoute);
app.post('/v1/callback/registered', ...registeredRoute);

app.use(
  '/admin/*',
  bearerAuth((services) => services.adminToken),
  jsonBody(ADMIN_BODY_MAX_BYTES),
);
app.put('/admin/v1/members', ...upsertMembersRoute);
app.post('/admin/v1/releases', ...publishReleaseRoute);
app.get('/admin/v1/releases/head', ...releaseHeadRoute);
app.put('/admin/v1/sites/:siteId/mode', ...siteModeRoute);
app.post('/admin/v1/mirror/sync', ...syncRoute);
app.get('/admin/v1/mirror/verifications', ...recentVerificationsRoute);
app.get('/admin/v1/mirror/registrations', ...recentRegistrationsRoute);
app.get('/admin/v1/mirror/decisions', ...recentDecisionsRoute);
