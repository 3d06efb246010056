import * as z from 'zod';
import { documented } from '../http/documented.ts';
import { type Route, route } from '../http/route.ts';

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  version: z.string().nullable(),
  /** The release in force, for administrators; null for everybody else. */
  release: z.string().nullable(),
  /** What is missing or did not answer: bindings by name, variables by name. */
  missing: z.array(z.string()),
});

export const healthRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/healthz',
    access: 'public',
    docs: documented(() => ({
      summary: 'Is the Worker alive?',
      answers: {
        200: {
          description: 'Alive.',
          schema: z.object({ status: z.literal('ok'), version: z.string().nullable() }),
        },
      },
    })),
    handle: (c) => c.json({ status: 'ok' as const, version: versionOf(c.env) }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    access: 'public',
    docs: documented(() => ({
      summary: 'Can it answer doors?',
      description:
        'Asks KV, D1 and the guard, and names what is missing. It never says more than names; the release in force it tells administrators only.',
      answers: {
        200: { description: 'Everything answers.', schema: readiness },
        503: { description: 'Something does not.', schema: readiness },
      },
    })),
    async handle(c) {
      const services = c.get('services');
      const { missing, release } = await services.readiness();
      const principal = await services.adminAuth(c).catch(() => null);
      const status = missing.length === 0 ? 'ready' : 'not_ready';
      return c.json(
        { status, version: versionOf(c.env), release: principal === null ? null : release, missing },
        missing.length === 0 ? 200 : 503,
      );
    },
  }),
];

function versionOf({ VERSION }: { readonly VERSION?: { readonly id: string } }): string | null {
  return VERSION === undefined || VERSION.id === '' ? null : VERSION.id;
}
