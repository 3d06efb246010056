import type { StreamReport, SyncReport } from '@facepass-kit/protocol';
import { runStatement } from '../store/run-log.ts';
import { presentSlices, progressStatement, readProgress } from '../store/slice-store.ts';
import { readRunInputs } from '../store/stream-store.ts';
import type { TrafficMeter } from '../telemetry/traffic.ts';
import { planRun } from './plan-run.ts';
import { learntStatements, type ReadingParts, runSlices, type StreamRun } from './run-slices.ts';
import { WAITING_HOURS_LOOKED_AT } from './waiting-hours.ts';
import { contradictsItself, readTraits } from './walk-memory.ts';

export interface SyncParts extends ReadingParts {
  readonly traffic: Pick<TrafficMeter, 'of'>;
  readonly newId: () => string;
  readonly timeZone: string;
  readonly safetyLagMs: number;
  readonly historyStartAt: (nowMs: number) => number;
}

/**
 * One run: plans what is new up to the frozen ceiling, then walks open slices until none is left or the budget
 * is used up. It can be killed anywhere: what is committed stays, and the next run goes on from there. Failures
 * of D1 end the run with an error; failures of FacePass are in the report.
 */
export async function runSync(parts: SyncParts, trigger: SyncReport['trigger']): Promise<SyncReport> {
  const { database, now, log } = parts;
  const runId = parts.newId();
  const startedAt = now();
  const inputs = await readRunInputs(database, parts.timeZone, WAITING_HOURS_LOOKED_AT);
  await planRun(inputs, parts, startedAt);
  const runs = await runSlices(parts, inputs, { choice: presentSlices, isImpatient: trigger === 'request' });
  const streams = await conclude(parts, runs);
  const report: SyncReport = { runId, trigger, startedAt, finishedAt: now(), streams };
  await database.execute([runStatement(report)]);
  for (const { error, ...counts } of streams) {
    const fields = { runId, trigger, ...counts, errorCode: error?.code ?? null };
    if (error === null) log.info('sync.stream', fields);
    else log.alert('sync.stream', fields);
  }
  return report;
}

/** Writes down what the run learnt, and reads how far each stream has come. */
async function conclude(
  { database, log, now, traffic }: SyncParts,
  runs: readonly StreamRun[],
): Promise<StreamReport[]> {
  const learnt = learntStatements(runs, now());
  const results = await database.execute([
    ...learnt,
    ...runs.map(({ state }) => progressStatement(state.stream)),
  ]);
  return runs.map(({ state, tally, error }, index) => {
    const { stream } = state;
    const { traits, ...counts } = tally;
    if (contradictsItself(traits) && !contradictsItself(readTraits(state.traits))) {
      log.alert('sync.has_more_contradicts_itself', { stream });
    }
    if (tally.quarantined > 0) log.alert('sync.quarantined', { stream, rows: tally.quarantined });
    const { open, completeUntil } = readProgress(results[learnt.length + index]?.rows[0]);
    return {
      stream,
      outcome: error !== null ? 'failed' : open === 0 ? 'completed' : 'partial',
      ...counts,
      unchanged: counts.fetched - counts.inserted - counts.updated - counts.quarantined,
      ...traffic.of(stream),
      completeUntil,
      lagMs: completeUntil === null ? null : now() - completeUntil,
      error,
    };
  });
}
