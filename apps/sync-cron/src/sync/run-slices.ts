import type { MirrorStream } from '@facepass-kit/protocol';
import type { Log } from '../log.ts';
import type { HistorySource } from '../source/history-source.ts';
import type { Committer } from '../store/commit.ts';
import type { Database, Statement } from '../store/database.ts';
import type { QuarantineSealer } from '../store/quarantine.ts';
import type { SliceChoice } from '../store/slice-store.ts';
import {
  park,
  type RunInputs,
  rememberStatement,
  type StreamState,
  unparkStatement,
} from '../store/stream-store.ts';
import type { Budget } from './budget.ts';
import { createSliceQueue } from './slice-queue.ts';
import { runSlice, type SliceOutcome, type StreamTally } from './slice-runner.ts';
import { readTraits } from './walk-memory.ts';

export interface ReadingParts {
  readonly database: Database;
  readonly source: HistorySource;
  readonly committer: Committer;
  readonly quarantine: QuarantineSealer;
  readonly budget: Budget;
  readonly now: () => number;
  readonly log: Log;
  readonly rowsPerCommit: number;
}

/** A page size that FacePass could not cope with may have been a bad hour: a larger one is tried again after it. */
const GROW_AGAIN_MS = 3_600_000;

/** What became of one stream while its slices were read. */
export interface StreamRun {
  readonly state: StreamState;
  readonly tally: StreamTally;
  error: { code: string; message: string } | null;
  parked: boolean;
}

/**
 * Walks the chosen slices, several at once, until none is left or the budget is used up. It can be killed anywhere:
 * what is committed stays. Failures of D1 are thrown; failures of FacePass are in the result.
 */
export async function runSlices(
  parts: ReadingParts,
  inputs: RunInputs,
  { choice, isImpatient }: { readonly choice: SliceChoice; readonly isImpatient: boolean },
): Promise<StreamRun[]> {
  const startedAt = parts.now();
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
  const queue = createSliceQueue(parts, { choice, isImpatient, limit: workers, readable });
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
  return [...runs.values()];
}

/** The statements that write down what was learnt of FacePass's lists. */
export function learntStatements(runs: readonly StreamRun[], nowMs: number): Statement[] {
  return runs.flatMap(({ state, tally, parked }) => {
    const traits = JSON.stringify(tally.traits);
    const growAfter = tally.traits.growing ? state.grow_after : nowMs + GROW_AGAIN_MS;
    return [
      ...(tally.pages > 0 && traits !== state.traits
        ? [rememberStatement(state.stream, traits, growAfter)]
        : []),
      ...(state.parked_at !== null && !parked && tally.pages > 0 ? [unparkStatement(state.stream)] : []),
    ];
  });
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
async function settle({ database, now }: ReadingParts, run: StreamRun, outcome: SliceOutcome): Promise<void> {
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
