import { entryTokenAnswer, registrationTokenAnswer, registrationTokenRequest } from '@facepass-kit/protocol';
import { type Route, route } from '../http/route.ts';
import { REFUSALS } from './partner/answers.ts';

const refused = { ...REFUSALS.unavailable, description: 'Not a member, or refused by FacePass.' };

/** Tokens for the SDKs in the partner's own apps. A member gets one for themselves and for nobody else. */
export const brokerRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/broker/v1/entry-token',
    access: 'broker',
    feature: 'broker',
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Get a token for the entry SDK',
          answers: {
            200: { description: 'Good for one hour.', schema: entryTokenAnswer },
            401: REFUSALS.unauthorized,
            403: refused,
            502: REFUSALS.unavailable,
          },
        },
    async handle(c) {
      const broker = await c.get('services').broker();
      return c.json({ token: await broker.entryToken(c.get('bearer'), Date.now()) });
    },
  }),
  route({
    method: 'post',
    path: '/broker/v1/registration-token',
    access: 'broker',
    feature: 'broker',
    body: registrationTokenRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Get a token for the registration SDK',
          description: 'Identity comes from the directory; the body fills in only what it does not know.',
          answers: {
            200: { description: 'Good for one hour.', schema: registrationTokenAnswer },
            401: REFUSALS.unauthorized,
            403: refused,
            409: refused,
            422: REFUSALS.invalid,
            502: REFUSALS.unavailable,
          },
        },
    async handle(c, { body }) {
      const broker = await c.get('services').broker();
      return c.json(await broker.registrationToken(c.get('bearer'), body, Date.now()));
    },
  }),
];
