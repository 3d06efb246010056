import { type MirrorRpc, recentQuery } from '@facepass-kit/protocol';
import { type AppContext, factory } from '../../http/context.ts';
import { read } from '../../http/json-body.ts';
import { Refusal } from '../../http/refusal.ts';
import { describeError } from '../../log.ts';

/** `POST /admin/v1/mirror/sync`: mirrors both histories now. */
export const syncRoute = factory.createHandlers(async (c) => c.json(await ask(c, (mirror) => mirror.sync())));

/** `GET /admin/v1/mirror/verifications` and its siblings: the newest mirrored rows. */
export const recentVerificationsRoute = factory.createHandlers(read('query', recentQuery), async (c) => {
  const query = c.req.valid('query');
  return c.json(await ask(c, (mirror) => mirror.recentVerifications(query)));
});

export const recentRegistrationsRoute = factory.createHandlers(read('query', recentQuery), async (c) => {
  const query = c.req.valid('query');
  return c.json(await ask(c, (mirror) => mirror.recentRegistrations(query)));
});

export const recentDecisionsRoute = factory.createHandlers(read('query', recentQuery), async (c) => {
  const query = c.req.valid('query');
  return c.json(await ask(c, (mirror) => mirror.recentDecisions(query)));
});

async function ask<T>(c: AppContext, question: (mirror: MirrorRpc) => Promise<T>): Promise<T> {
  const { mirror } = c.get('services');
  if (mirror === undefined) throw new Refusal(503, 'NO_MIRROR', 'No mirror is bound to this server.');
  try {
    return await question(mirror);
  } catch (error) {
    c.get('log')('error', 'mirror.failed', describeError(error));
    throw new Refusal(502, 'MIRROR_FAILED', 'The mirror did not answer; its own log says why.');
  }
}
