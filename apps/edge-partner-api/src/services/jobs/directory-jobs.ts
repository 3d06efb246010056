import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Bindings } from '../../env.ts';
import { consoleLog, describeError } from '../../log.ts';
import { servicesOf } from '../services.ts';

/** Which job, by its kind and id. */
export interface DirectoryJob {
  readonly kind: 'import' | 'renewal';
  readonly id: string;
}

/**
 * Steps of one instance. A step makes some twenty statements, and D1 takes a thousand from one invocation: the
 * next instance begins a new one.
 */
const STEPS = 30;

/**
 * Drives imports and renewals. It keeps nothing itself: how far a job is stands in D1, moved in the same transaction
 * as the work, so that an instance that is killed, repeated or doubled does no harm.
 */
export class DirectoryJobs extends WorkflowEntrypoint<Bindings, DirectoryJob> {
  override async run({ payload }: WorkflowEvent<DirectoryJob>, step: WorkflowStep): Promise<void> {
    for (let number = 0; number < STEPS; number++) {
      const more = await step.do(
        `step ${number}`,
        { retries: { limit: 20, delay: '5 seconds', backoff: 'exponential' } },
        async () => await this.#advance(payload),
      );
      if (!more) return;
    }
    await step.do('go on', async () => {
      await startJob(this.env.JOBS, payload);
    });
  }

  async #advance({ kind, id }: DirectoryJob): Promise<boolean> {
    try {
      const services = servicesOf(this.env);
      return await (kind === 'import' ? await services.imports() : await services.renewals()).advance(id);
    } catch (error) {
      consoleLog('error', 'job.step_failed', { kind, ...describeError(error) });
      throw error;
    }
  }
}

/** Has a job driven on. Twice is once more than needed, and no harm. */
export async function startJob(workflow: Workflow<DirectoryJob>, job: DirectoryJob): Promise<void> {
  await workflow.create({ params: job });
}
