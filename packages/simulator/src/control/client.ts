import type { CommandInput, CommandName } from './commands.ts';
import type { handlers } from './handlers.ts';

export interface SimulatorControlOptions {
  /** Where the simulator runs, e.g. `http://127.0.0.1:8790`. */
  readonly url: string;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly controlToken?: string;
  /** The merchant that commands are about where they name none. */
  readonly clientId?: string;
}

/** What a command answers. */
export type CommandResult<N extends CommandName> = Awaited<ReturnType<(typeof handlers)[N]>>;

export interface SimulatorControl {
  /**
   * Carries out one command.
   *
   * @throws SimulatorControlError with the simulator's own `code` and message
   * @example
   * await control.run('gate/verify', { deviceId: 'IPAD001', personId });
   */
  run<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>>;
}

/** A command that the simulator did not carry out. */
export class SimulatorControlError extends Error {
  override readonly name = 'SimulatorControlError';
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Commands that speak of the whole world, not of one merchant. */
const worldCommands: readonly CommandName[] = ['clock/advance', 'clock/freeze', 'reset', 'requests'];

/** A typed client of the control API: commands in, what happened out. */
export function createSimulatorControl(options: SimulatorControlOptions): SimulatorControl {
  const { url, controlToken, clientId } = options;
  const send = options.fetch ?? ((request: Request) => fetch(request));
  return {
    async run<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>> {
      const scoped = clientId === undefined || worldCommands.includes(name) ? input : { clientId, ...input };
      const request = new Request(`${url.replace(/\/+$/, '')}/_sim/${name}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(controlToken !== undefined && { authorization: `Bearer ${controlToken}` }),
        },
        body: JSON.stringify(scoped),
      });
      const response = await send(request);
      const answer: unknown = await response.json();
      if (!response.ok) throw controlError(response.status, answer);
      // Both ends are this package: the handler of this name made the answer.
      return answer as CommandResult<N>;
    },
  };
}

function controlError(status: number, answer: unknown): SimulatorControlError {
  const { error }: { error?: unknown } = Object(answer);
  const { code, message }: { code?: unknown; message?: unknown } = Object(error);
  return new SimulatorControlError(
    status,
    typeof code === 'string' ? code : 'UNEXPECTED_ANSWER',
    typeof message === 'string' ? message : `The simulator answered HTTP ${status}.`,
  );
}
