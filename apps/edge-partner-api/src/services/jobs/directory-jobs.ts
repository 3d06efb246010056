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

/** The Workflow of imports and renewals. */
export class DirectoryJobs extends WorkflowEntrypoint<Bindings, DirectoryJob> {
  override async run({ payload }: WorkflowEvent<DirectoryJob>, step: WorkflowStep): Promise<void> {
    await drive(this.env, payload, (name, work) =>
      step.do(name, { retries: { limit: 20, delay: '5 seconds', backoff: 'exponential' } }, work),
    );
  }
}

/**
 * Drives a job. It keeps nothing itself: how far a job is stands in D1, moved in the same transaction as the work, so that
 * an instance that is killed, repeated or doubled does no harm. What the platform keeps of an instance for days, its
 * parameters, what its steps give back and what they throw, says which job it is and how it went, and names nobody.
 */
export async function drive(
  env: Bindings,
  job: DirectoryJob,
  step: (name: string, work: () => Promise<boolean>) => Promise<boolean>,
): Promise<void> {
  for (let number = 0; number < STEPS; number++) {
    if (!(await step(`step ${number}`, async () => await advance(env, job)))) return;
  }
  await step('go on', async () => {
    await startJob(env.JOBS, job);
    return true;
  });
}

async function advance(env: Bindings, { kind, id }: DirectoryJob): Promise<boolean> {
  try {
    const services = servicesOf(env);
    return await (kind === 'import' ? await services.imports() : await services.renewals()).advance(id);
  } catch (error) {
    const said = describeError(error);
    consoleLog('error', 'job.step_failed', { kind, ...said });
    // Not the error itself: its message may quote what was asked.
    throw new Error(`${said['code'] ?? said['error']}`);
  }
}

/** Has a job driven on. Twice is once more than needed, and no harm. */
export async function startJob(workflow: Workflow<DirectoryJob>, job: DirectoryJob): Promise<void> {
  await workflow.create({ params: job });
}
