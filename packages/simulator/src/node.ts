import { ServerResponse } from 'node:http';
import { type Http2Bindings, type HttpBindings, serve } from '@hono/node-server';
import { createNodeConnection } from './node-connection.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts';

export interface StartOptions extends SimulatorOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Default: loopback. Whoever reaches the simulator can do anything with it. */
  readonly hostname?: string;
}

export interface RunningSimulator extends Simulator {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Stops listening and ends open connections. */
  close(): Promise<void>;
}

/**
 * Runs the simulator on a socket.
 *
 * @throws the socket's own error, such as EADDRINUSE
 * @example
 * const simulator = await startSimulator();
 * console.log(simulator.url);
 * await simulator.close();
 */
export async function startSimulator(options: StartOptions = {}): Promise<RunningSimulator> {
  const { port = 0, hostname = '127.0.0.1', ...rest } = options;
  const simulator = createSimulator(rest);
  const { server, address } = await listen(simulator, port, hostname);
  return {
    ...simulator,
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

type Server = ReturnType<typeof serve>;
type Address = Parameters<NonNullable<Parameters<typeof serve>[1]>>[0];

function listen(
  simulator: Simulator,
  port: number,
  hostname: string,
): Promise<{ server: Server; address: Address }> {
  return new Promise((resolve, reject) => {
    const answer = (request: Request, { outgoing }: HttpBindings | Http2Bindings) =>
      simulator.app.fetch(
        request,
        outgoing instanceof ServerResponse ? { connection: createNodeConnection(outgoing) } : {},
      );
    const server = serve(
      // The adapter would otherwise put its own Request and Response in place of the process's.
      { fetch: answer, port, hostname, overrideGlobalObjects: false },
      (address) => resolve({ server, address }),
    );
    server.once('error', reject);
  });
}
