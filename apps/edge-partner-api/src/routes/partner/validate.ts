import { validateRequest } from '@facepass-kit/core/partner';
import { factory } from '../../http/context.ts';
import { read } from '../../http/json-body.ts';

/** B1 `POST /v1/user/validate`: which member is this person who registers in the vendor's app? */
export const validateRoute = factory.createHandlers(read('json', validateRequest), async (c) => {
  const validation = await c.get('services').validation();
  const answer = await validation.validate(c.req.valid('json'), Date.now());
  c.set('outcome', answer.merchantUserKey === null ? 'not_found' : 'found');
  return c.json(answer);
});
