import { MERCHANT_USER_KEY_MAX } from '@facepass-kit/access/schema';
import {
  type RegisteredCallbackAnswer,
  registeredCallback,
  registeredCallbackAnswer,
} from '@facepass-kit/core/partner';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

/** FacePass's or our own id of a registration: the guide states no limit, and ids of this length are far longer than any. */
const TX_ID_MAX = 200;

const boundedCallback = registeredCallback.refine(
  ({ merchantUserKey, txId }) =>
    merchantUserKey.normalize('NFC').length <= MERCHANT_USER_KEY_MAX && txId.length <= TX_ID_MAX,
  `expected at most ${MERCHANT_USER_KEY_MAX} characters of merchantUserKey and ${TX_ID_MAX} of txId`,
);

/** B3: a registration ended. The same callback twice is one event. */
export const registeredRoute: Route = route({
  method: 'post',
  path: '/v1/callback/registered',
  access: 'partner',
  feature: 'registered',
  body: boundedCallback,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'A registration ended',
        description: 'Idempotent by `txId`, `merchantUserKey` and `registered`.',
        answers: {
          200: { description: 'Recorded, now or before.', schema: registeredCallbackAnswer },
          400: REFUSALS.invalid,
          401: REFUSALS.unauthorized,
          503: REFUSALS.unavailable,
        },
      },
  async handle(c, { body }) {
    const registrations = await c.get('services').registrations();
    const isNew = await registrations.record(body, Date.now());
    c.set('outcome', isNew ? 'recorded' : 'repeated');
    return c.json({} satisfies RegisteredCallbackAnswer);
  },
});
