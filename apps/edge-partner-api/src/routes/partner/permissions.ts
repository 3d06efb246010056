import { idSchema, MERCHANT_USER_KEY_MAX } from '@facepass-kit/access/schema';
import {
  isUsualPermissionsRequest,
  type PermissionsAnswer,
  permissionsAnswer,
  permissionsRequest,
} from '@facepass-kit/core/partner';
import * as z from 'zod';
import { NotConfiguredError } from '../../env.ts';
import type { AppContext } from '../../http/context.ts';
import { type Route, type RouteSpec, route } from '../../http/route.ts';
import { withoutRelease } from '../../services/without-release.ts';
import { REFUSALS } from './answers.ts';

const spec = {
  method: 'post',
  access: 'partner',
  body: permissionsRequest,
  usualBody: isUsualPermissionsRequest,
} as const satisfies Partial<RouteSpec>;

const docs = (summary: string) => ({
  summary,
  answers: {
    200: { description: 'The answer. A denial has a text and a code.', schema: permissionsAnswer },
    400: REFUSALS.invalid,
    401: REFUSALS.unauthorized,
    503: REFUSALS.unavailable,
  },
});

/** B2: may this member enter here? Always 200 for a question that can be read, also about a key longer than any. */
export const permissionsRoutes: readonly Route[] = [
  route({
    ...spec,
    path: '/v1/access/permissions',
    docs: globalThis.WITHOUT_DOCS ? undefined : docs('May this member enter here?'),
    handle: (c, { body }) => answer(c, body, siteFromRequest(c, body.params)),
  }),
  route({
    ...spec,
    path: '/v1/sites/:siteId/access/permissions',
    params: z.object({ siteId: idSchema }),
    docs: globalThis.WITHOUT_DOCS ? undefined : docs('May this member enter here, at this site?'),
    handle: (c, { body, params: { siteId } }) => answer(c, body, siteId),
  }),
];

async function answer(c: AppContext, body: z.output<typeof permissionsRequest>, siteId: string | null) {
  if (isNobodys(body.merchantUserKey)) {
    // Nobody's key: no member can have it, so it is neither looked up, remembered nor recorded.
    c.set('outcome', 'unknown_member');
    c.set('verified', false);
    return named(c, { verified: false, ...withoutRelease.texts('unknown_member') });
  }
  const { access } = c.get('services');
  const { answer, reason, ...door } = await access.ask(body, siteId, {
    requestId: c.get('requestId'),
    log: c.get('log'),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  });
  c.set('outcome', reason);
  c.set('verified', answer.verified);
  c.set('door', door);
  return named(c, answer);
}

/** The answer with its request's id from the start: to add it later takes the headers out into an object of their own. */
function named(c: AppContext, answer: PermissionsAnswer): Response {
  c.set('isNamed', true);
  const headers = { 'content-type': 'application/json', 'x-request-id': c.get('requestId') };
  return new Response(JSON.stringify(answer), { headers });
}

/** The site of a question where the deployment says that the device or a header names it. */
function siteFromRequest(c: AppContext, params: Readonly<Record<string, unknown>>): string | null {
  const source = c.get('services').siteFrom;
  if (source === undefined) {
    throw new NotConfiguredError('SITE_FROM', ['take "sites" out of DELEGATED_DIRECTORY']);
  }
  if (source === null) return null;
  const value = source.kind === 'param' ? params[source.name] : c.req.header(source.name);
  return typeof value === 'string' || typeof value === 'number' ? String(value).normalize('NFC') : null;
}

/** Longer than any, or with half of a character, which would have the name of another. */
function isNobodys(merchantUserKey: string): boolean {
  return merchantUserKey.normalize('NFC').length > MERCHANT_USER_KEY_MAX || /\p{Cs}/u.test(merchantUserKey);
}
