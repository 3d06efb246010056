import type { GeneratedKeyPair } from '@facepass-kit/crypto';
import { Hono } from 'hono';
import { createSimulatorControl, type SimulatorControl } from './control/client.ts';
import { controlRoutes } from './control/routes.ts';
import { errorCodes } from './vendor-api/failures.ts';
import { failureReply, responseOf } from './vendor-api/reply.ts';
import { type SimulatorBindings, vendorRoutes } from './vendor-api/routes.ts';
import { Clock } from './world/clock.ts';
import { type Random, secureRandom } from './world/random.ts';
import { sleep } from './world/sleep.ts';
import { forgetfulStore, type StateStore } from './world/state-store.ts';
import { useVendorKey } from './world/vendor-keys.ts';
import { type Sleep, World } from './world/world.ts';

export interface SimulatorOptions {
  /** Milliseconds since the epoch; default: `Date.now`. */
  readonly now?: () => number;
  /** Uniform in [0, 1); default: the runtime's secure randomness. Envelope keys never come from it. */
  readonly random?: Random;
  /** How FacePass reaches its partners; default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** How delays and timeouts pass; default: `setTimeout`. */
  readonly sleep?: Sleep;
  /** Where state outlives the process; default: nowhere. */
  readonly store?: StateStore;
  /** FacePass's key pair; default: one made when first needed, which takes longer than anything else here. */
  readonly keyPair?: GeneratedKeyPair;
  /** Required by the control API where given. */
  readonly controlToken?: string;
  /** They exist with these secrets, whatever the store remembers of them; default: {@link demoMerchant}. */
  readonly merchants?: readonly { readonly clientId: string; readonly clientSecret: string }[];
}

/** The merchant of a simulator that is told nothing else. Its secret guards nothing. */
export const demoMerchant = { clientId: 'demo-client', clientSecret: 'demo-secret' } as const;

export interface Simulator {
  /** For a runtime's entry, which can pass its {@link Connection} as a binding. */
  readonly app: Hono<{ Bindings: SimulatorBindings }>;
  readonly world: World;
  /**
   * Answers one request in this process, without a socket. It rejects as `fetch` does: with the signal's reason
   * when aborted, with a TypeError when a fault breaks the connection.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The control API of this simulator, in this process. */
  readonly control: SimulatorControl;
}

/**
 * FacePass as the guide describes it, with people, faces and doors of its own.
 *
 * It is made for tests and demonstrations: it guards nothing, keeps secrets in the clear and trusts whoever
 * reaches its control API.
 *
 * @example
 * const simulator = createSimulator();
 * const response = await simulator.fetch(new Request('http://facepass/api/v1/rsa-public-key', { method: 'POST' }));
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const store = options.store ?? forgetfulStore;
  const world = new World({
    clock: new Clock(options.now ?? Date.now, store),
    random: options.random ?? secureRandom,
    store,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    sleep: options.sleep ?? sleep,
  });
  for (const { clientId, clientSecret } of options.merchants ?? [demoMerchant]) {
    world.ensureMerchant(clientId, clientSecret);
  }
  const { controlToken, keyPair } = options;
  if (keyPair !== undefined) useVendorKey(world, keyPair);
  const app = new Hono<{ Bindings: SimulatorBindings }>();
  app.route('/', vendorRoutes(world));
  app.route('/_sim', controlRoutes(world, { controlToken }));
  app.notFound(() => responseOf(failureReply(404, errorCodes.notFound, 'no such endpoint')));
  // A broken connection is thrown through the app, as fetch would throw it; so is a defect of the simulator.
  app.onError((error) => {
    throw error;
  });
  const inProcess = async (request: Request) => {
    request.signal.throwIfAborted();
    return app.fetch(request);
  };
  const control = createSimulatorControl({
    url: 'http://simulator.invalid',
    fetch: inProcess,
    ...(controlToken !== undefined && { controlToken }),
  });
  return { app, world, fetch: inProcess, control };
}
