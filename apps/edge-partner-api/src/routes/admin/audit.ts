import { auditEntries, auditQuery } from '@facepass-kit/protocol';
import { type Route, route } from '../../http/route.ts';

export const auditRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/audit',
    access: { admin: 'admin' },
    query: auditQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read what administrators did, newest first',
          description:
            'The last `at` goes on as `before`; a page may be longer than `limit` by what was done in its last millisecond.',
          answers: { 200: { description: 'Entries before the given instant.', schema: auditEntries } },
        },
    handle: async (c, { query: { limit, before } }) =>
      c.json({ entries: await c.get('services').audit.list(limit, before) }),
  }),
];
