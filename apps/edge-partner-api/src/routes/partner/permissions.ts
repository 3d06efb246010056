import { permissionsRequest } from '@facepass-kit/core/partner';
import { factory } from '../../http/context.ts';
import { read } from '../../http/json-body.ts';

/** B2 `POST /v1/access/permissions`: may this member enter here? Always 200 for a question that can be read. */
export const permissionsRoute = factory.createHandlers(read('json', permissionsRequest), async (c) => {
  const { answer, reason } = await c.get('services').access.ask(c.req.valid('json'), null, {
    requestId: c.get('requestId'),
    log: c.get('log'),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  });
  c.set('outcome', reason);
  return c.json(answer);
});
