import { z } from 'zod';
import { type Database, rowsOf } from '../store/database.ts';
import { hasBackfillWork, type Month } from './month.ts';

/** The Workflows of a backfill: one conducts, and starts another for every month. */
export interface BackfillWorkflows {
  readonly BACKFILL: Workflow;
  readonly BACKFILL_MONTH: Workflow;
}

/** Sees to it that a Workflow works on what is planned, and not two. */
export interface Conductor {
  /**
   * Starts the conducting Workflow where there is work and none is at it: after a start, and with every scheduled
   * run, so that an instance that was lost or has failed is replaced.
   */
  ensure(): Promise<void>;
  /** Tells the Workflow that reads a month to look again: a pause is over, or nothing is left. */
  wake(): Promise<void>;
}

/** Instances in these states do not go on by themselves. */
const ended: readonly InstanceStatus['status'][] = ['errored', 'terminated', 'complete', 'unknown'];

/** The event that a month's Workflow waits for while it is paused. */
export const RESUMED = 'resumed';

const conductorRow = z.object({ instance: z.string(), reader: z.string().nullable() });

export function createConductor(
  database: Database,
  { BACKFILL, BACKFILL_MONTH }: BackfillWorkflows,
  newId: () => string,
  now: () => number,
): Conductor {
  const read = async (): Promise<z.infer<typeof conductorRow> | null> => {
    const [row] = await rowsOf(database, 'SELECT instance, reader FROM backfill_conductor');
    return row === undefined ? null : conductorRow.parse(row);
  };

  return {
    async ensure() {
      if (!(await hasBackfillWork(database, now()))) return;
      const current = await read();
      if (current !== null && (await isAtWork(BACKFILL, current.instance))) return;
      const instance = `backfill-${newId()}`;
      // Of two that see the same gap, one fills it.
      const [placed] = await database.execute([
        {
          sql: `INSERT INTO backfill_conductor (id, instance) VALUES (1, ?1)
                ON CONFLICT (id) DO UPDATE SET instance = excluded.instance, reader = NULL, month = NULL
                WHERE instance IS ?2`,
          params: [instance, current?.instance ?? null],
        },
      ]);
      if (placed?.changes === 1) await BACKFILL.create({ id: instance });
    },
    async wake() {
      const reader = (await read())?.reader ?? null;
      if (reader === null || !(await isAtWork(BACKFILL_MONTH, reader))) return;
      await (await BACKFILL_MONTH.get(reader)).sendEvent({ type: RESUMED, payload: {} });
    },
  };
}

/** Notes who reads which month for a conductor. */
export async function noteReader(
  database: Database,
  { instance, reader, month }: { readonly instance: string; readonly reader: string; readonly month: Month },
): Promise<void> {
  await database.execute([
    {
      sql: 'UPDATE backfill_conductor SET reader = ?2, month = ?3 WHERE instance = ?1',
      params: [instance, reader, month],
    },
  ]);
}

/** Whether the plan is still conducted by this instance, or has been handed to another since. */
export async function isConductedBy(database: Database, instance: string): Promise<boolean> {
  const rows = await rowsOf(database, 'SELECT instance FROM backfill_conductor WHERE instance = ?1', [
    instance,
  ]);
  return rows.length > 0;
}

/** Whether an instance exists and has not come to an end. */
export async function isAtWork(workflow: Workflow, id: string): Promise<boolean> {
  const status = await statusOf(workflow, id);
  return status !== null && !ended.includes(status);
}

/** Creates an instance for a step that may be repeated after it has done its work. */
export async function createOnce(workflow: Workflow, id: string, params: object): Promise<void> {
  try {
    await workflow.create({ id, params });
  } catch (error) {
    if ((await statusOf(workflow, id)) === null) throw error;
  }
}

/** Null for one that was never created, or whose record has been cleared away. */
async function statusOf(workflow: Workflow, id: string): Promise<InstanceStatus['status'] | null> {
  try {
    return (await (await workflow.get(id)).status()).status;
  } catch {
    return null;
  }
}
