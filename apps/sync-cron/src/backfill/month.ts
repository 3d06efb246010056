import { z } from 'zod';
import { type Database, rowsOf } from '../store/database.ts';
import { isLeftAside, type SliceChoice } from '../store/slice-store.ts';
import { readRunInputs } from '../store/stream-store.ts';
import { learntStatements, type ReadingParts, runSlices } from '../sync/run-slices.ts';

/** A calendar month in UTC, `yyyy-MM`. */
export type Month = string;

/** How a month of older history stands after a turn. */
export interface MonthLeft {
  readonly state: 'open' | 'paused' | 'done';
  /** What is left can be read after this time; 0 unless `open`. */
  readonly waitMs: number;
}

/** FacePass refused a whole history: it is asked again this much later. */
const PARKED_WAIT_MS = 5 * 60_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Slices that another reader holds are mostly given back long before their lease is over, so they are looked at sooner. */
const LOOK_AT_HELD_MS = 10_000;

const openBackfill = `slices JOIN streams USING (stream) JOIN generations USING (stream, generation)
  WHERE slices.state = 'open' AND kind = 'backfill'
    AND (generations.generation = streams.generation OR generations.phase = 'filling')`;

/** The newest month with older history to read now; null when there is none, or only what was set aside for later. */
export async function nextMonth(database: Database, nowMs: number): Promise<Month | null> {
  const [row] = await rowsOf(
    database,
    `SELECT strftime('%Y-%m', max(from_ms) / 1000, 'unixepoch') AS month FROM ${openBackfill}
       AND NOT ${isLeftAside('?1')}`,
    [nowMs],
  );
  return z.object({ month: z.string().nullable() }).parse(row).month;
}

/** Whether a conductor has anything to do: older history to read, or a rebuild to bring to its end. */
export async function hasBackfillWork(database: Database, nowMs: number): Promise<boolean> {
  const [row] = await rowsOf(
    database,
    `SELECT EXISTS (SELECT 1 FROM ${openBackfill} AND NOT ${isLeftAside('?1')})
       OR EXISTS (SELECT 1 FROM generations WHERE phase IN ('filling', 'retired')) AS work`,
    [nowMs],
  );
  return z.object({ work: z.number() }).parse(row).work === 1;
}

/** Reads slices of a month until none is left or the budget of this invocation is used up. */
export async function readMonth(
  month: Month,
  parts: ReadingParts & { readonly timeZone: string },
): Promise<MonthLeft> {
  const { database, now } = parts;
  const choice: SliceChoice = { kinds: ['backfill'], begin: rangeOf(month) };
  const inputs = await readRunInputs(database, parts.timeZone, 0);
  const runs = await runSlices(parts, inputs, { choice, isImpatient: false });
  const learnt = learntStatements(runs, now());
  if (learnt.length > 0) await database.execute(learnt);
  for (const { state, tally, error } of runs) {
    const { traits: _, ...counts } = tally;
    const fields = { stream: state.stream, month, ...counts, errorCode: error?.code ?? null };
    if (error === null) parts.log.info('sync.backfill', fields);
    else parts.log.alert('sync.backfill', fields);
  }
  const left = await leftOf(database, month, now());
  const isParked = left.state === 'open' && runs.some(({ parked }) => parked);
  return isParked ? { state: 'open', waitMs: PARKED_WAIT_MS } : left;
}

const leftRow = z.object({ open: z.number(), unpaused: z.number(), due: z.number().nullable() });

async function leftOf(database: Database, month: Month, nowMs: number): Promise<MonthLeft> {
  const { fromMs, toMs } = rangeOf(month);
  const [row] = await rowsOf(
    database,
    `SELECT count(*) AS open, coalesce(sum(backfill_paused = 0), 0) AS unpaused,
       min(CASE WHEN backfill_paused = 0 THEN max(not_before, min(lease_until, ?3)) END) AS due
     FROM ${openBackfill} AND from_ms >= ?1 AND from_ms < ?2 AND NOT ${isLeftAside('?4')}`,
    [fromMs, toMs, nowMs + LOOK_AT_HELD_MS, nowMs],
  );
  const { open, unpaused, due } = leftRow.parse(row);
  if (open === 0) return { state: 'done', waitMs: 0 };
  if (unpaused === 0) return { state: 'paused', waitMs: 0 };
  return { state: 'open', waitMs: Math.min(Math.max((due ?? nowMs) - nowMs, 0), LONGEST_WAIT_MS) };
}

function rangeOf(month: Month): { fromMs: number; toMs: number } {
  const first = new Date(`${month}-01T00:00:00Z`);
  const fromMs = first.getTime();
  return { fromMs, toMs: first.setUTCMonth(first.getUTCMonth() + 1) };
}
