import { permissionsAnswer, permissionsRequest } from '@facepass-kit/core/partner';
import * as z from 'zod';
import type { AppContext } from '../../http/context.ts';
import { type Route, type RouteSpec, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

const spec = {
  method: 'post',
  access: 'partner',
  body: permissionsRequest,
  answers: {
    200: { description: 'The answer. A denial has a text and a code.', schema: permissionsAnswer },
    400: REFUSALS.invalid,
    401: REFUSALS.unauthorized,
    503: REFUSALS.unavailable,
  },
} as const satisfies Partial<RouteSpec>;

/** B2: may this member enter here? Always 200 for a question that can be read. */
export const permissionsRoutes: readonly Route[] = [
  route({
    ...spec,
    path: '/v1/access/permissions',
    summary: 'May this member enter here?',
    handle: (c, { body }) => answer(c, body, siteFromRequest(c, body.params)),
  }),
  route({
    ...spec,
    path: '/v1/sites/:siteId/access/permissions',
    summary: 'May this member enter here, at this site?',
    params: z.object({ siteId: z.string().min(1).max(64) }),
    handle: (c, { body, params: { siteId } }) => answer(c, body, siteId),
  }),
];

async function answer(c: AppContext, body: z.output<typeof permissionsRequest>, siteId: string | null) {
  const { access } = c.get('services');
  const { answer, reason } = await access.ask(body, siteId, {
    requestId: c.get('requestId'),
    log: c.get('log'),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  });
  c.set('outcome', reason);
  return c.json(answer);
}

/** The site of a question where the deployment says that the device or a header names it. */
function siteFromRequest(c: AppContext, params: Readonly<Record<string, unknown>>): string | null {
  const source = c.get('services').siteFrom;
  if (source === null) return null;
  const value = source.kind === 'param' ? params[source.name] : c.req.header(source.name);
  return typeof value === 'string' || typeof value === 'number' ? String(value).normalize('NFC') : null;
}
