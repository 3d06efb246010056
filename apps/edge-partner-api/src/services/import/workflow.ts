import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Bindings } from '../../env.ts';
import { servicesOf } from '../services.ts';

export interface ImportWorkflowParams {
  readonly importId: string;
}

/**
 * Steps of one instance. A step makes some twenty statements, and D1 takes a thousand from one invocation: the
 * next instance begins a new one.
 */
const STEPS = 30;

/**
 * Drives an import. It keeps nothing itself: how far an import is stands in D1, moved in the same transaction as
 * the work, so that an instance that is killed, repeated or doubled does no harm.
 */
export class MemberImport extends WorkflowEntrypoint<Bindings, ImportWorkflowParams> {
  override async run({ payload }: WorkflowEvent<ImportWorkflowParams>, step: WorkflowStep): Promise<void> {
    const { importId } = payload;
    for (let number = 0; number < STEPS; number++) {
      const more = await step.do(
        `step ${number}`,
        { retries: { limit: 20, delay: '5 seconds', backoff: 'exponential' } },
        async () => await (await servicesOf(this.env).imports()).advance(importId),
      );
      if (!more) return;
    }
    await step.do('go on', async () => {
      await startImport(this.env.IMPORTS, importId);
    });
  }
}

/** Has an import driven on. Twice is once more than needed, and no harm. */
export async function startImport(workflow: Workflow<ImportWorkflowParams>, importId: string): Promise<void> {
  await workflow.create({ params: { importId } });
}
