import * as z from 'zod';
import type { AppContext } from '../http/context.ts';
import { type Route, route } from '../http/route.ts';

function health<S extends z.ZodType>(status: S) {
  return z.object({
    status,
    /** The deployed version. */
    version: z.string().nullable(),
    /** The hash of the release in force, for administrators; null for everybody else, and where the guard does not say. */
    release: z.string().nullable(),
  });
}

function readiness() {
  return health(z.enum(['ready', 'not_ready'])).extend({
    /** What is missing or did not answer: bindings by name, variables by name. */
    missing: z.array(z.string()),
  });
}

export const healthRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/healthz',
    access: 'public',
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Is the Worker alive?',
          description:
            'Alive whatever it depends on. Administrators are told the release in force as well, at most 5 seconds old.',
          answers: { 200: { description: 'Alive.', schema: health(z.literal('ok')) } },
        },
    handle: async (c) => c.json({ status: 'ok' as const, ...(await inForce(c)) }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    access: 'public',
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Can it answer doors?',
          description:
            'Asks KV, D1 and the guard, and names what is missing. It never says more than names; the release in force it tells administrators only.',
          answers: {
            200: { description: 'Everything answers.', schema: readiness() },
            503: { description: 'Something does not.', schema: readiness() },
          },
        },
    async handle(c) {
      const { missing } = await c.get('services').readiness();
      const status = missing.length === 0 ? 'ready' : 'not_ready';
      return c.json({ status, ...(await inForce(c)), missing }, missing.length === 0 ? 200 : 503);
    },
  }),
];

/**
 * Which deployment answers, by which rules. The hash is an administrator's: whoever knows most of the rules could try by
 * it what else they say. Nobody else costs the guard a call.
 */
async function inForce(c: AppContext) {
  const { adminAuth, inForce } = c.get('services');
  const isAdmin = (await adminAuth(c).catch(() => null)) !== null;
  return { version: c.env.VERSION?.id || null, release: isAdmin ? (await inForce()).release : null };
}
