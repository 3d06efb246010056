import { DurableObject } from 'cloudflare:workers';
import type { Connection } from './faults/delivery.ts';
import { brokenOff } from './faults/in-process-connection.ts';
import { createSimulator, demoMerchant, type Simulator } from './simulator.ts';
import { createSqliteStore } from './sqlite-store.ts';

interface Env {
  readonly WORLD: DurableObjectNamespace<SimulatorWorld>;
  readonly SIM_CONTROL_TOKEN?: string;
  readonly SIM_CLIENT_ID?: string;
  readonly SIM_CLIENT_SECRET?: string;
}

/**
 * The runtime lets nobody touch its sockets: a break before the headers becomes one right after them, a 200
 * whose body fails at once.
 */
const workerConnection: Connection = {
  bodyErrorsReachCaller: true,
  // workerd prints the error, so it says that it was meant.
  reset: (sent) => brokenOff(sent ?? nothing, new Error('A fault of the simulator breaks this answer off.')),
};

const nothing = { status: 200, headers: {}, text: '', errorCode: null };

/** The one object that is the vendor: its memory is its SQLite database, so a restart forgets nothing. */
export class SimulatorWorld extends DurableObject<Env> {
  readonly #simulator: Simulator;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { SIM_CONTROL_TOKEN, SIM_CLIENT_ID, SIM_CLIENT_SECRET } = env;
    this.#simulator = createSimulator({
      store: createSqliteStore(ctx.storage.sql),
      merchants: [
        {
          clientId: SIM_CLIENT_ID ?? demoMerchant.clientId,
          clientSecret: SIM_CLIENT_SECRET ?? demoMerchant.clientSecret,
        },
      ],
      ...(SIM_CONTROL_TOKEN !== undefined && { controlToken: SIM_CONTROL_TOKEN }),
    });
  }

  override fetch(request: Request): Promise<Response> {
    return Promise.resolve(this.#simulator.app.fetch(request, { connection: workerConnection }));
  }
}

export default {
  fetch: (request, env) => env.WORLD.getByName('world').fetch(request),
} satisfies ExportedHandler<Env>;
