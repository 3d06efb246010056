import { Hono } from 'hono';
import type { Connection } from '../faults/delivery.ts';
import type { World } from '../world/world.ts';
import { createDeviceGroup, deleteDeviceGroup, deviceGroup, modifyDeviceGroup } from './device-groups.ts';
import { connectedDevice, deactivateDevice, initDevice } from './devices.ts';
import { encryptionTest, rsaPublicKey } from './encryption.ts';
import type { Endpoint } from './endpoint.ts';
import { faceRegisterHistory } from './face-register-history.ts';
import { faceRegisterPrepare } from './face-register-prepare.ts';
import { faceVerifyHistory } from './face-verify-history.ts';
import { errorCodes } from './failures.ts';
import { faceRegisterExist, faceUnregister } from './registrations.ts';
import { failureReply, responseOf } from './reply.ts';
import { verifyToken } from './sdk-tokens.ts';
import { serveEndpoint, serveToken } from './serve.ts';

/** In the order of the guide. */
const endpoints: readonly Endpoint[] = [
  rsaPublicKey,
  faceRegisterPrepare,
  verifyToken,
  encryptionTest,
  faceRegisterExist,
  faceUnregister,
  faceRegisterHistory,
  faceVerifyHistory,
  initDevice,
  connectedDevice,
  deactivateDevice,
  deviceGroup,
  createDeviceGroup,
  modifyDeviceGroup,
  deleteDeviceGroup,
];

/** What a runtime's entry passes along with a request. */
export interface SimulatorBindings {
  readonly connection?: Connection;
}

/** What FacePass offers its partners: the token endpoint and the guide's fifteen. */
export function vendorRoutes(world: World): Hono<{ Bindings: SimulatorBindings }> {
  const app = new Hono<{ Bindings: SimulatorBindings }>();
  // Whoever calls app.request() in a test passes no bindings at all.
  const exchangeOf = (request: Request, bindings: SimulatorBindings | undefined) => ({
    request,
    connection: bindings?.connection,
  });
  app.post('/token', (c) => serveToken(world, exchangeOf(c.req.raw, c.env)));
  for (const endpoint of endpoints) {
    app.on(endpoint.method, endpoint.path, (c) =>
      serveEndpoint(world, endpoint, exchangeOf(c.req.raw, c.env)),
    );
    app.all(endpoint.path, () => {
      const reason = `expected ${endpoint.method}`;
      const reply = failureReply(405, errorCodes.methodNotAllowed, reason);
      return responseOf({ ...reply, headers: { allow: endpoint.method } });
    });
  }
  return app;
}
