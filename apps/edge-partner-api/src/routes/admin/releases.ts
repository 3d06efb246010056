import { publishReleaseRequest } from '@facepass-kit/protocol';
import { factory } from '../../http/context.ts';
import { read } from '../../http/json-body.ts';

/** `POST /admin/v1/releases`: publishes rules, which hold from the next question on. */
export const publishReleaseRoute = factory.createHandlers(read('json', publishReleaseRequest), async (c) =>
  c.json(await c.get('services').releases.publish(c.req.valid('json')), 201),
);

/** `GET /admin/v1/releases/head`: the release in force, or null. */
export const releaseHeadRoute = factory.createHandlers(async (c) =>
  c.json(await c.get('services').releases.head()),
);
