import { createMirror, type Mirror } from './app.ts';
import { type Bindings, parseEnvironment } from './env.ts';

/** The mirror for one invocation. @throws EnvironmentError */
export const mirrorOf = (env: Bindings): Promise<Mirror> => createMirror(env, parseEnvironment(env));

/** Does a piece of work, and sends the alerts it raised. */
export async function withAlerts<Result>(
  env: Bindings,
  work: (mirror: Mirror) => Promise<Result>,
): Promise<Result> {
  const mirror = await mirrorOf(env);
  try {
    return await work(mirror);
  } finally {
    await mirror.deliverAlerts();
  }
}
