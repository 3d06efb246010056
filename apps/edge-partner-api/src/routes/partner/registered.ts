import {
  type RegisteredCallbackAnswer,
  registeredCallback,
  registeredCallbackAnswer,
} from '@facepass-kit/core/partner';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

/** B3: a registration ended. The same callback twice is one event. */
export const registeredRoute: Route = route({
  method: 'post',
  path: '/v1/callback/registered',
  access: 'partner',
  feature: 'registered',
  summary: 'A registration ended',
  description: 'Idempotent by `txId`, `merchantUserKey` and `registered`.',
  body: registeredCallback,
  answers: {
    200: { description: 'Recorded, now or before.', schema: registeredCallbackAnswer },
    400: REFUSALS.invalid,
    401: REFUSALS.unauthorized,
    503: REFUSALS.unavailable,
  },
  async handle(c, { body }) {
    const registrations = await c.get('services').registrations();
    const isNew = await registrations.record(body, Date.now());
    c.set('outcome', isNew ? 'recorded' : 'repeated');
    return c.json({} satisfies RegisteredCallbackAnswer);
  },
});
