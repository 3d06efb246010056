import { registrationEvents, registrationsQuery } from '@facepass-kit/protocol';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

export const registrationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/registrations',
    access: { admin: 'viewer' },
    query: registrationsQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Follow the registrations that ended',
          description: 'What FacePass called back with, each once; the last `sequence` continues the list.',
          answers: {
            200: { description: 'Oldest first, after the given event.', schema: registrationEvents },
            400: REFUSALS.invalid,
          },
        },
    async handle(c, { query: { after, limit } }) {
      const log = await c.get('services').registrations();
      return c.json({ registrations: await log.list(after, limit) });
    },
  }),
];
