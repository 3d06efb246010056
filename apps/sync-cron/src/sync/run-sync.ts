import type { MirrorStream, StreamReport, SyncReport } from '@facepass-kit/protocol';
import type { Log } from '../log.ts';
import type { HistorySource } from '../source/history-source.ts';
import type { Committer } from '../store/commit.ts';
import type { Database } from '../store/database.ts';
import type { QuarantineSealer } from '../store/quarantine.ts';
import { writeRun } from '../store/run-log.ts';
import { claimSlice, progressOf } from '../store/slice-store.ts';
import { park, readStreams, remember, type StreamState, unpark, zoneId } from '../store/stream-store.ts';
import type { Budget } from './budget.ts';
import { planRun } from './plan-run.ts';
import { runSlice, type SliceOutcome, type StreamTally } from './slice-runner.ts';
import { contradictsItself, readTraits } from './walk-memory.ts';

export interface SyncParts {
  readonly database: Database;
  readonly source: HistorySource;
  readonly committer: Committer;
  readonly quarantine: QuarantineSealer;
  readonly budget: Budget;
  readonly now: () => number;
  readonly newId: () => string;
  readonly log: Log;
  readonly timeZone: string;
  readonly rowsPerCommit: number;
  readonly safetyLagMs: number;
  readonly historyStartAt: (nowMs: number) => number;
}

/** Slices read at once. D1 commits one transaction at a time, and a Worker has six connections. */
const WORKERS = 4;

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
  const zone = await zoneId(database, parts.timeZone);
  const runs = new Map<MirrorStream, StreamRun>();
  for (const state of await readStreams(database)) {
    runs.set(state.stream, { state, tally: newTally(state, startedAt), error: null, parked: false });
    await planRun(state, parts, startedAt);
  }

  const failed: number[] = [];
  let working = WORKERS;
  const worker = async (): Promise<void> => {
    try {
      for (;;) {
        const streams = [...runs.values()].filter(({ parked }) => !parked).map(({ state }) => state.stream);
        if (streams.length === 0 || !parts.budget.allows(working)) return;
        const impatient = trigger === 'request';
        const slice = await claimSlice(database, { streams, nowMs: now(), except: failed, impatient });
        if (slice === null) return;
        const run = runs.get(slice.stream);
        if (run === undefined) return;
        const mayGoOn = (): boolean => parts.budget.allows(working);
        const outcome = await runSlice(slice, run.tally, { ...parts, zoneId: zone, mayGoOn });
        if (outcome.outcome !== 'done' && outcome.outcome !== 'split') failed.push(slice.id);
        await settle(parts, run, outcome);
      }
    } finally {
      working--;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: WORKERS }, worker));
  const crash = outcomes.find((outcome) => outcome.status === 'rejected');
  if (crash !== undefined) throw crash.reason;

  const streams: StreamReport[] = [];
  for (const run of runs.values()) streams.push(await conclude(parts, run));
  const report: SyncReport = { runId, trigger, startedAt, finishedAt: now(), streams };
  await writeRun(database, report);
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

async function conclude({ database, log, now }: SyncParts, run: StreamRun): Promise<StreamReport> {
  const { state, tally, error } = run;
  const { stream } = state;
  const { traits, ...counts } = tally;
  const before = readTraits(state.traits);
  const learnt = JSON.stringify(traits);
  if (tally.pages > 0 && learnt !== state.traits) {
    const growAfter = traits.growing ? state.grow_after : now() + GROW_AGAIN_MS;
    await remember(database, stream, learnt, growAfter);
  }
  if (contradictsItself(traits) && !contradictsItself(before)) {
    log.alert('sync.has_more_contradicts_itself', { stream });
  }
  if (tally.quarantined > 0) log.alert('sync.quarantined', { stream, rows: tally.quarantined });
  if (state.parked_at !== null && !run.parked && tally.pages > 0) await unpark(database, stream);
  const { open, completeUntil } = await progressOf(database, stream);
  return {
    stream,
    outcome: error !== null ? 'failed' : open === 0 ? 'completed' : 'partial',
    ...counts,
    unchanged: counts.fetched - counts.inserted - counts.updated - counts.quarantined,
    completeUntil,
    error,
  };
}
