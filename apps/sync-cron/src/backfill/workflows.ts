import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Bindings } from '../env.ts';
import { mirrorOf, withAlerts } from '../invocation.ts';
import { createOnce, isAtWork, RESUMED } from './conductor.ts';
import type { Month, MonthLeft } from './month.ts';

/** A turn that failed, which means D1 or the configuration, is tried again for about six hours. */
const turnRetries = { limit: 10, delay: '20 seconds', backoff: 'exponential' } as const;
/** A turn ends by its own budget long before. */
const TURN_TIMEOUT = '20 minutes';
/** How long a Workflow waits for news before it looks by itself. */
const LOOK_AGAIN = '1 hour';

interface MonthParams {
  readonly month: Month;
  /** Who is told of the end, and by which event. */
  readonly conductor: string;
  readonly event: string;
}

/**
 * Conducts backfills and rebuilds: one child Workflow a month, newest first, one at a time; then, where a history was
 * rebuilt, the changing over. What is to be done is read from the database before every step, so that a plan that is
 * extended, paused or given up meanwhile is followed.
 */
export class BackfillWorkflow extends WorkflowEntrypoint<Bindings> {
  override async run({ instanceId }: WorkflowEvent<unknown>, step: WorkflowStep): Promise<void> {
    for (let round = 1; ; round++) {
      const month = await step.do(`${round}: choose a month`, async () =>
        (await mirrorOf(this.env)).backfill.nextMonth(),
      );
      if (month === null) {
        const left = await step.do(
          `${round}: change over`,
          { retries: turnRetries, timeout: TURN_TIMEOUT },
          () => withAlerts(this.env, ({ backfill }) => backfill.conclude()),
        );
        if (left === 'done') return;
        continue;
      }
      const event = `ended-${round}`;
      const reader = await step.do(`${round}: start ${month}`, async () => {
        const id = `${instanceId}-${round}`;
        const params: MonthParams = { month, conductor: instanceId, event };
        await createOnce(this.env.BACKFILL_MONTH, id, params);
        await (await mirrorOf(this.env)).backfill.noteReader({ instance: instanceId, reader: id, month });
        return id;
      });
      await this.untilEnded(step, { reader, event, round });
    }
  }

  private async untilEnded(
    step: WorkflowStep,
    { reader, event, round }: { reader: string; event: string; round: number },
  ): Promise<void> {
    for (let look = 1; ; look++) {
      const wasTold = await step
        .waitForEvent(`${round}: until it ends (${look})`, { type: event, timeout: LOOK_AGAIN })
        .then(
          () => true,
          () => false,
        );
      if (wasTold) return;
      const goesOn = await step.do(`${round}: look after it (${look})`, () =>
        isAtWork(this.env.BACKFILL_MONTH, reader),
      );
      if (!goesOn) return;
    }
  }
}

/**
 * Reads one month of older history, in turns that each fit into what an invocation may spend. Ends early where its
 * conductor has been replaced: the new one has a reader of its own, and two would share the request budget.
 */
export class BackfillMonthWorkflow extends WorkflowEntrypoint<Bindings, MonthParams> {
  override async run({ payload }: WorkflowEvent<MonthParams>, step: WorkflowStep): Promise<void> {
    const { month, conductor, event } = payload;
    for (let turn = 1; ; turn++) {
      const left = await step.do(`turn ${turn}`, { retries: turnRetries, timeout: TURN_TIMEOUT }, () =>
        withAlerts(
          this.env,
          async ({ backfill }): Promise<MonthLeft> =>
            (await backfill.isConductedBy(conductor)) ? backfill.turn(month) : { state: 'done', waitMs: 0 },
        ),
      );
      if (left.state === 'done') break;
      if (left.state === 'paused') {
        await step
          .waitForEvent(`paused after turn ${turn}`, { type: RESUMED, timeout: LOOK_AGAIN })
          .catch(() => undefined);
      } else if (left.waitMs > 0) await step.sleep(`wait after turn ${turn}`, left.waitMs);
    }
    await step.do('tell the conductor', async () => {
      if (!(await isAtWork(this.env.BACKFILL, conductor))) return;
      await (await this.env.BACKFILL.get(conductor)).sendEvent({ type: event, payload: { month } });
    });
  }
}
