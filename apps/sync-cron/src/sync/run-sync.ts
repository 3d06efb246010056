import type { MirrorStream, StreamReport, SyncReport } from '@facepass-kit/protocol';
import type { Log } from '../log.ts';
import type { HistorySource } from '../source/history-source.ts';
import type { Committer } from '../store/commit.ts';
import type { Database, Statement } from '../store/database.ts';
import type { QuarantineSealer } from '../store/quarantine.ts';
import { runStatement } from '../store/run-log.ts';
import { progressStatement, readProgress } from '../store/slice-store.ts';
import {
  park,
  readRunInputs,
  rememberStatement,
  type StreamState,
  unparkStatement,
} from '../store/stream-store.ts';
import type { TrafficMeter } from '../telemetry/traffic.ts';
import type { Budget } from './budget.ts';
import { planRun } from './plan-run.ts';
import { createSliceQueue } from './slice-queue.ts';
import { runSlice, type SliceOutcome, type StreamTally } from './slice-runner.ts';
import { WAITING_HOURS_LOOKED_AT } from './waiting-hours.ts';
import { contradictsItself, readTraits } from './walk-memory.ts';

export interface SyncParts {
  readonly database: Database;
  readonly source: HistorySource;
  readonly committer: Committer;
  readonly quarantine: QuarantineSealer;
  readonly budget: Budget;
  readonly traffic: Pick<TrafficMeter, 'of'>;
  readonly now: () => number;
  readonly newId: () => string;
  readonly log: Log;
  readonly timeZone: string;
  readonly rowsPerCommit: number;
  readonly safetyLagMs: number;
  readonly historyStartAt: (nowMs: number) => number;
}

/** A page size that FacePass could not cope with may have been a bad hour: a larger one is tried again after it. */
const GROW_AGAIN_MS = 3_600_000;

interface StreamRun {
  readonly state: StreamState;
  readonly tally: StreamTally;
  error: { code: string; message: string } | null;
  parked: boolean;
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
  const runs = new Map<MirrorStream, StreamRun>(
    inputs.streams.map((state) => [
      state.stream,
      { state, tally: newTally(state, startedAt), error: null, parked: false },
    ]),
  );
  const readable = (): MirrorStream[] =>
    [...runs.values()].filter(({ parked }) => !parked).map(({ state }) => state.stream);

  const { workers } = parts.budget.limits;
  let working = workers;
  let committing = 0;
  const mayGoOn = (): boolean => parts.budget.allows({ workers: working, commits: committing });
  const onCommit = (change: 1 | -1): void => {
    committing += change;
  };
  const queue = createSliceQueue(parts, { isImpatient: trigger === 'request', limit: workers, readable });
  const worker = async (): Promise<void> => {
    try {
      for (;;) {
        const slice = mayGoOn() ? await queue.next() : null;
        const run = slice === null ? undefined : runs.get(slice.stream);
        if (slice === null || run === undefined) return;
        const outcome = await runSlice(slice, run.tally, {
          ...parts,
          zoneId: inputs.zoneId,
          mayGoOn,
          onCommit,
        });
        queue.settle(slice, outcome.outcome);
        await settle(parts, run, outcome);
      }
    } finally {
      working--;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: workers }, worker));
  const crash = outcomes.find((outcome) => outcome.status === 'rejected');
  if (crash !== undefined) throw crash.reason;
  await queue.giveBack();

  const streams = await conclude(parts, [...runs.values()]);
  const report: SyncReport = { runId, trigger, startedAt, finishedAt: now(), streams };
  await database.execute([runStatement(report)]);
  for (const { error, ...counts } of streams) {
    const fields = { runId, trigger, ...counts, errorCode: error?.code ?? null };
    if (error === null) log.info('sync.stream', fields);
    else log.alert('sync.stream', fields);
  }
  return report;
}

function newTally({ traits: text, grow_after }: StreamState, nowMs: number): StreamTally {
  const traits = readTraits(text);
  return {
    traits: nowMs >= grow_after ? { ...traits, growing: true } : traits,
    slices: 0,
    pages: 0,
    fetched: 0,
    inserted: 0,
    updated: 0,
    quarantined: 0,
  };
}

/** Takes a slice's outcome into the run: what failed is reported, what cannot be read is parked. */
async function settle({ database, now }: SyncParts, run: StreamRun, outcome: SliceOutcome): Promise<void> {
  const { stream } = run.state;
  if (outcome.outcome === 'failed' || outcome.outcome === 'parked') {
    run.error ??= { code: outcome.code, message: advice(outcome.outcome) };
  }
  if (outcome.outcome === 'parked') {
    run.parked = true;
    await park(database, stream, outcome.code, now());
  }
}

function advice(outcome: 'failed' | 'parked'): string {
  return outcome === 'parked'
    ? 'FacePass refuses the reading of this history; check the credentials and the base URL. Every run tries again.'
    : 'Part of this history could not be read; what was read is kept, and a later run goes on from there.';
}

/** Writes down what the run learnt, and reads how far each stream has come. */
async function conclude(
  { database, log, now, traffic }: SyncParts,
  runs: readonly StreamRun[],
): Promise<StreamReport[]> {
  const learnt: Statement[] = runs.flatMap(({ state, tally, parked }) => {
    const traits = JSON.stringify(tally.traits);
    const growAfter = tally.traits.growing ? state.grow_after : now() + GROW_AGAIN_MS;
    return [
      ...(tally.pages > 0 && traits !== state.traits
        ? [rememberStatement(state.stream, traits, growAfter)]
        : []),
      ...(state.parked_at !== null && !parked && tally.pages > 0 ? [unparkStatement(state.stream)] : []),
    ];
  });
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
