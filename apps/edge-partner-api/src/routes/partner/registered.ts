import { type RegisteredCallbackAnswer, registeredCallback } from '@facepass-kit/core/partner';
import { factory } from '../../http/context.ts';
import { read } from '../../http/json-body.ts';

/** B3 `POST /v1/callback/registered`: a registration ended. The same callback twice is one event. */
export const registeredRoute = factory.createHandlers(read('json', registeredCallback), async (c) => {
  const registrations = await c.get('services').registrations();
  const isNew = await registrations.record(c.req.valid('json'), Date.now());
  c.set('outcome', isNew ? 'recorded' : 'repeated');
  return c.json({} satisfies RegisteredCallbackAnswer);
});
