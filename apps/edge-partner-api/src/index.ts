import { app } from './app.ts';
import type { Bindings } from './env.ts';
import { consoleLog, describeError } from './log.ts';
import { runMirrorErrands } from './services/mirror-errands.ts';
import { servicesOf } from './services/services.ts';

export { MemberImport } from './services/import/workflow.ts';
export { Guard } from './store/guard/guard.ts';
export { FacePassSession } from './store/session/facepass-session.ts';

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),

  /** Hands over what could not be handed over at once, drives on what was left lying; then the mirror's turn. */
  async scheduled(_controller, env) {
    await errand('members.delivery_failed', async () => {
      const delivered = await (await servicesOf(env).members()).deliver(Date.now());
      if (delivered > 0) consoleLog('warn', 'members.delivered_late', { changes: delivered });
      await (await servicesOf(env).members()).forgetErased(Date.now());
    });
    await errand('imports.resuming_failed', async () => {
      await (await servicesOf(env).imports()).resume();
    });
    if (env.MIRROR !== undefined) {
      await runMirrorErrands(env.MIRROR, servicesOf(env).mirrorErrands, consoleLog);
    }
  },
} satisfies ExportedHandler<Bindings>;

async function errand(failed: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    consoleLog('error', failed, describeError(error));
  }
}
