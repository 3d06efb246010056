import { siteModeRequest } from '@facepass-kit/protocol';
import { z } from 'zod';
import { factory } from '../../http/context.ts';
import { read } from '../../http/json-body.ts';
import { Refusal } from '../../http/refusal.ts';

/** `PUT /admin/v1/sites/:siteId/mode`: when this answers, every question after it is answered under the mode. */
export const siteModeRoute = factory.createHandlers(
  read('param', z.object({ siteId: z.string().min(1) })),
  read('json', siteModeRequest),
  async (c) => {
    const { siteId } = c.req.valid('param');
    const known = await c.get('services').guard.setSiteMode({ siteId, ...c.req.valid('json') });
    if (!known) throw new Refusal(404, 'UNKNOWN_SITE', 'The release in force has no such site.');
    return c.body(null, 204);
  },
);
