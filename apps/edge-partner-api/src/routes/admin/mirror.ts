import {
  type MirrorRpc,
  mirroredDecision,
  mirroredRegistration,
  mirroredVerification,
  recentAddressQuery,
  recentQuery,
  syncReport,
} from '@facepass-kit/protocol';
import * as z from 'zod';
import { type Route, type RouteDocs, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';
import { fromMirror, MIRROR_REFUSALS } from './from-mirror.ts';

const newestFirst = (row: z.ZodType) => ({
  200: { description: 'Newest first.', schema: z.array(row) },
  ...MIRROR_REFUSALS,
});

/** The newest rows of one of the mirror's tables. */
function recent(
  name: string,
  answers: RouteDocs['answers'] | undefined,
  ask: (mirror: MirrorRpc, query: z.output<typeof recentQuery>) => Promise<unknown[]>,
): Route[] {
  const bySearch = route({
    method: 'post',
    path: `/admin/v1/mirror/${name}/search`,
    access: { admin: 'viewer' },
    body: recentQuery,
    docs:
      globalThis.WITHOUT_DOCS || answers === undefined
        ? undefined
        : {
            summary: `Search the newest mirrored ${name}`,
            description: 'A person is named in the body, because addresses are logged.',
            answers: { ...answers, 400: REFUSALS.invalid },
          },
    async handle(c, { body }) {
      c.set('action', `mirror.${name}.search`);
      return c.json(await fromMirror(c, (mirror) => ask(mirror, body)));
    },
  });
  const byAddress = route({
    method: 'get',
    path: `/admin/v1/mirror/${name}`,
    access: { admin: 'viewer' },
    query: recentAddressQuery,
    docs:
      globalThis.WITHOUT_DOCS || answers === undefined
        ? undefined
        : {
            summary: `Read the newest mirrored ${name}`,
            answers,
          },
    handle: async (c, { query }) => c.json(await fromMirror(c, (mirror) => ask(mirror, query))),
  });
  return [byAddress, bySearch];
}

export const mirrorRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/admin/v1/mirror/sync',
    access: { admin: 'operator' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Mirror both histories now',
          answers: { 200: { description: 'What changed.', schema: syncReport }, ...MIRROR_REFUSALS },
        },
    async handle(c) {
      c.set('action', 'mirror.sync');
      return c.json(await fromMirror(c, (mirror) => mirror.sync()));
    },
  }),
  ...recent(
    'verifications',
    globalThis.WITHOUT_DOCS ? undefined : newestFirst(mirroredVerification),
    (mirror, query) => mirror.recentVerifications(query),
  ),
  ...recent(
    'registrations',
    globalThis.WITHOUT_DOCS ? undefined : newestFirst(mirroredRegistration),
    (mirror, query) => mirror.recentRegistrations(query),
  ),
  ...recent(
    'decisions',
    globalThis.WITHOUT_DOCS ? undefined : newestFirst(mirroredDecision),
    (mirror, query) => mirror.recentDecisions(query),
  ),
];
