import { app } from './app.ts';
import type { Bindings } from './env.ts';
import { describeError, type Log } from './log.ts';
import { runMirrorErrands } from './services/mirror-errands.ts';
import { servicesOf } from './services/services.ts';
import { telemetryOf } from './telemetry/telemetry.ts';

export { DirectoryJobs } from './services/jobs/directory-jobs.ts';
export { Guard } from './store/guard/guard.ts';
export { FacePassSession } from './store/session/facepass-session.ts';

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),

  /** Tells what must be told, hands over what could not be at once, drives on what was left lying; then the mirror's turn. */
  async scheduled(_controller, env) {
    const { log, handOver } = telemetryOf(env);
    const errand = errandsWith(log);
    // First: what comes below may wait long for something that is to be told.
    await errand('alerts.failed', async () => {
      const told = await servicesOf(env).watch?.look();
      if (told !== undefined && told.sent + told.failed > 0) log('warn', 'alerts', told);
    });
    await errand('members.delivery_failed', async () => {
      const delivered = await (await servicesOf(env).members()).deliver(Date.now());
      if (delivered > 0) log('warn', 'members.delivered_late', { changes: delivered });
      await (await servicesOf(env).members()).forgetErased(Date.now());
    });
    await errand('jobs.resuming_failed', async () => {
      await (await servicesOf(env).imports()).resume();
      await (await servicesOf(env).renewals()).resume();
    });
    if (env.MIRROR !== undefined) {
      await runMirrorErrands(env.MIRROR, servicesOf(env).mirrorErrands, log);
    }
    await errand('changes.thinning_failed', async () => {
      const told = await (env.MIRROR?.memberCursor() ?? Number.MAX_SAFE_INTEGER);
      await servicesOf(env).history.thinOut(told, Date.now());
    });
    const behind: Promise<unknown>[] = [];
    handOver((work) => void behind.push(work));
    await Promise.all(behind);
  },
} satisfies ExportedHandler<Bindings>;

/** Runs one thing after the other, each in its own right. */
function errandsWith(log: Log) {
  return async (failed: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log('error', failed, describeError(error));
    }
  };
}
