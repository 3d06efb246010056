import { app } from './app.ts';
import type { Bindings } from './env.ts';
import { consoleLog, describeError } from './log.ts';
import { runMirrorErrands } from './services/mirror-errands.ts';
import { servicesOf } from './services/services.ts';

export { Guard } from './store/guard/guard.ts';
export { FacePassSession } from './store/session/facepass-session.ts';

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),

  /** Hands member changes to the guard that could not be handed over when they were written; then the mirror's turn. */
  async scheduled(_controller, env) {
    try {
      const delivered = await (await servicesOf(env).members()).deliver(Date.now());
      if (delivered > 0) consoleLog('warn', 'members.delivered_late', { changes: delivered });
    } catch (error) {
      consoleLog('error', 'members.delivery_failed', describeError(error));
    }
    if (env.MIRROR !== undefined) {
      await runMirrorErrands(env.MIRROR, await servicesOf(env).mirrorErrands(), consoleLog);
    }
  },
} satisfies ExportedHandler<Bindings>;
