import { validateAnswer, validateRequest } from '@facepass-kit/core/partner';
import * as z from 'zod';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS, refusal } from './answers.ts';

/** B1: which member is this person who registers in the vendor's app? */
export const validateRoute: Route = route({
  method: 'post',
  path: '/v1/user/validate',
  access: 'partner',
  feature: 'validate',
  body: validateRequest,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Which member is this person?',
        description:
          'By CI, or by phone number with name and birth date. Nobody found, or more than one, is `merchantUserKey: null`; an envelope that does not open is `ENVELOPE_REJECTED` whatever the cause. All of them take the same time.',
        answers: {
          200: { description: 'The member, or none.', schema: validateAnswer },
          400: REFUSALS.invalid,
          401: REFUSALS.unauthorized,
          404: {
            description: 'Nobody, where the deployment says so by status; or switched off in it.',
            schema: z.union([validateAnswer, refusal]),
          },
          429: REFUSALS.tooMany,
          503: REFUSALS.unavailable,
        },
      },
  async handle(c, { body }) {
    const services = c.get('services');
    const validation = await services.validation();
    const answer = await validation.validate(body, Date.now(), (work) => c.executionCtx.waitUntil(work));
    c.set('outcome', answer.merchantUserKey === null ? 'not_found' : 'found');
    return c.json(answer, answer.merchantUserKey === null ? services.notFoundStatus : 200);
  },
});
