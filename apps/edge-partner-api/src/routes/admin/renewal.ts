import { renewalRequest, renewalView } from '@facepass-kit/protocol';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

const path = '/admin/v1/renewal';

const get = route({
  method: 'get',
  path,
  access: { admin: 'viewer' },
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'See what is under an earlier pepper or data key',
        answers: { 200: { description: 'The last run, and what is left.', schema: renewalView } },
      },
  handle: async (c) => c.json(await (await c.get('services').renewals()).view()),
});

const begin = route({
  method: 'post',
  path,
  access: { admin: 'admin' },
  body: renewalRequest,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Bring everything stored under the current pepper and data key',
        description: 'Worked off in the background while everything goes on.',
        answers: { 202: { description: 'It runs.', schema: renewalView }, 409: REFUSALS.conflict },
      },
  async handle(c, { body: { reason } }) {
    c.set('action', 'renewal.begin');
    c.set('reason', reason);
    const actor = c.get('principal')?.id ?? '';
    return c.json(await (await c.get('services').renewals()).begin({ actor, reason }), 202);
  },
});

export const renewalRoutes: readonly Route[] = [get, begin];
