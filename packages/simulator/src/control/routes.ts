import { Hono } from 'hono';
import type { World } from '../world/world.ts';
import { type Command, type CommandName, commands } from './commands.ts';
import { ControlError } from './control-error.ts';
import { handlers } from './handlers.ts';

export interface ControlOptions {
  /** Required as `Authorization: Bearer …` where given. */
  readonly controlToken: string | undefined;
}

/** The control API for tests and demos. It is no part of what FacePass offers. */
export function controlRoutes(world: World, { controlToken }: ControlOptions): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    if (controlToken !== undefined && c.req.header('authorization') !== `Bearer ${controlToken}`) {
      throw new ControlError(401, 'UNAUTHORIZED', 'The control API needs its token as Bearer.');
    }
    return next();
  });
  app.get('/', (c) =>
    c.json({
      nowMs: world.nowMs(),
      merchants: world.merchants.map(({ clientId }) => clientId),
      commands: Object.keys(commands),
    }),
  );
  for (const name of commandNames) {
    app.post(`/${name}`, async (c) => {
      // A page in a browser cannot send this content type across origins without being asked first.
      if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
        throw new ControlError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Expected application/json.');
      }
      const result = await run(world, name, await c.req.text());
      return new Response(JSON.stringify(result), { headers: { 'content-type': 'application/json' } });
    });
  }
  app.onError((error, c) => {
    if (!(error instanceof ControlError)) throw error;
    return c.json({ error: { code: error.code, message: error.message } }, error.status);
  });
  return app;
}

// Object.keys widens the names to string.
const commandNames = Object.keys(commands) as CommandName[];

async function run<N extends CommandName>(world: World, name: N, body: string): Promise<unknown> {
  const read = commands[name].safeParse(parseJson(body));
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = issue?.path.join('.') || 'body';
    throw new ControlError(400, 'INVALID_COMMAND', `${path}: ${issue?.message ?? 'not as expected'}`);
  }
  // The schema and the handler stand under the same name; the compiler cannot follow that through an index.
  const handler = handlers[name] as (world: World, command: Command<N>) => unknown;
  return handler(world, read.data as Command<N>);
}

function parseJson(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new ControlError(400, 'INVALID_COMMAND', 'body: expected JSON');
  }
}
