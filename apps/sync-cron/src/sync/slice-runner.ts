import type { ListTraits, WalkState } from '@facepass-kit/core';
import type { MirrorStream } from '@facepass-kit/protocol';
import type { Log } from '../log.ts';
import { type HistorySource, SourceError } from '../source/history-source.ts';
import { type Committer, LeaseLostError } from '../store/commit.ts';
import type { Database, Statement } from '../store/database.ts';
import { proofStatements } from '../store/proof-store.ts';
import type { QuarantineSealer } from '../store/quarantine.ts';
import {
  LEASE_MS,
  LONGEST_RETRY_MS,
  releaseFailed,
  releaseSlice,
  type Slice,
  splitSlice,
} from '../store/slice-store.ts';
import { type Buffered, createCommitBuffer } from './commit-buffer.ts';
import { createInTurn } from './in-turn.ts';
import { boundaries, TICK_MS } from './plan.ts';
import { walkStateOf } from './walk-memory.ts';

/** What the slices of one stream learn and count together during a run. */
export interface StreamTally {
  traits: ListTraits;
  slices: number;
  pages: number;
  fetched: number;
  inserted: number;
  updated: number;
  quarantined: number;
}

export interface SliceParts {
  readonly database: Database;
  readonly source: HistorySource;
  readonly committer: Committer;
  readonly quarantine: QuarantineSealer;
  readonly now: () => number;
  readonly log: Log;
  readonly zoneId: number;
  readonly rowsPerCommit: number;
  /** Whether one more page may be read and stored. */
  readonly mayGoOn: () => boolean;
  /** Told of a commit that goes on beside the reading (+1), and of its end (-1): its statements are still to come. */
  readonly onCommit: (change: 1 | -1) => void;
}

/**
 * - `done`, `split`: closed, or replaced by parts;
 * - `paused`: the budget is used up; the checkpoint stands;
 * - `failed`: to be tried again later; `parked`: nothing of this stream can be read; `aside`: FacePass refuses this slice
 *   and gives others;
 * - `lost`: another run has the slice.
 */
export type SliceOutcome =
  | { readonly outcome: 'done' | 'split' | 'paused' | 'lost' | 'aside' }
  | { readonly outcome: 'failed' | 'parked'; readonly code: string };

/** A slice with more pages than this is cut up, so that its parts are read side by side and closed one by one. */
const DENSE_PAGES = 1_000;
const DENSE_PARTS = 8;
/** Stored at least this often, since only that renews the lease: a slow FacePass must not cost it. */
const STORED_EVERY_MS = LEASE_MS / 4;
/**
 * After so many pages the walk goes on from its own state as if resumed: it remembers every id it gave, and
 * memory must not grow with the length of a slice.
 */
const PAGES_PER_WALK = 20;

/**
 * A slice that was set aside is cut up until its parts are this short, so that what can be read of it is; unless there are
 * many: where FacePass refuses all that is older than it keeps, years would be asked for in pieces.
 */
const [SHORT_MS, MANY_ASIDE] = [3_600_000, 32];

/** Rows outside the range that was asked for, from which on they are no oddity. */
const MANY_OUTSIDE = 20;

const FIRST_RETRY_MS = 30_000;

/** Walks one leased slice as far as it goes, committing on the way. Failures of D1 pass through. */
export async function runSlice(leased: Slice, tally: StreamTally, parts: SliceParts): Promise<SliceOutcome> {
  const { database, now } = parts;
  const progress = { slice: leased };
  tally.slices++;
  try {
    const end = await walkSlice(progress, tally, parts);
    const { slice } = progress;
    if (end === 'done') return { outcome: end };
    const inner = boundaries(slice.from_ms, slice.to_ms, end === 'dense' ? DENSE_PARTS : 2);
    // A proof begins anew each time: one that a run cannot bring to its end is made in halves.
    const isTooLong = slice.kind === 'verify' && slice.seq > leased.seq && inner.length > 0;
    if (end === 'dense' || isTooLong) await splitSlice(database, slice, inner, now());
    else await releaseSlice(database, slice);
    return { outcome: end === 'dense' ? 'split' : 'paused' };
  } catch (error) {
    if (error instanceof LeaseLostError) return { outcome: 'lost' };
    if (!(error instanceof SourceError)) throw error;
    return await giveBack(leased, progress.slice, error, tally, parts);
  }
}

/** `progress.slice` is moved with every commit, so that it is known where a failure left it. */
async function walkSlice(
  progress: { slice: Slice },
  tally: StreamTally,
  parts: SliceParts,
): Promise<'done' | 'paused' | 'dense'> {
  const buffer = createCommitBuffer(parts.rowsPerCommit);
  const { from_ms: fromMs, to_ms: toMs, stream, kind } = progress.slice;
  const proof = kind === 'verify' ? { given: new Set<string>(), lacked: 0, changed: 0 } : null;
  // A proof knows only what it has read itself, so that it always starts over, in pages of its own size.
  const start = proof === null ? progress.slice : { ...progress.slice, walk_state: null };
  let state = walkStateOf(start, proof === null ? tally.traits : proofTraits(tally.traits, start));
  let pages = 0;
  const seen = { rows: 0, outside: 0 };
  let storedAt = parts.now();
  // While one commit is under way the next pages are read; a second commit waits for the first.
  const commits = createInTurn();

  const store = (isDone = false, also: readonly Statement[] = []): Promise<void> => {
    const buffered = buffer.take();
    storedAt = parts.now();
    const next = isDone ? ('done' as const) : { walkState: JSON.stringify(state) };
    return commits.begin(() => commit(buffered, next, also));
  };

  const commit = async (
    { quarantined, ...buffered }: Buffered,
    next: { walkState: string } | 'done',
    also: readonly Statement[],
  ): Promise<void> => {
    parts.onCommit(1);
    const { slice, inserted, updated } = await parts.committer
      .commit({
        ...buffered,
        quarantined,
        slice: progress.slice,
        next,
        zoneId: parts.zoneId,
        nowMs: parts.now(),
        also,
      })
      .finally(() => parts.onCommit(-1));
    progress.slice = slice;
    if (proof !== null) {
      proof.lacked += inserted;
      proof.changed += updated;
    }
    tally.pages += buffered.pages;
    tally.fetched += buffered.fetched;
    tally.inserted += inserted;
    tally.updated += updated;
    tally.quarantined += quarantined.length;
  };

  try {
    let isRead = isOver(state);
    while (!isRead) {
      // A walk may end behind its last page, on a cursor that was refused: there is no step that says so.
      isRead = true;
      for await (const step of parts.source.steps(stream, { fromMs, toMs }, state)) {
        buffer.add(step, await Promise.all(step.unreadable.map((row) => parts.quarantine.seal(row))));
        state = step.state;
        if (proof === null) tally.traits = state.traits;
        else for (const { stored } of step.records) proof.given.add(stored[0]);
        pages++;
        seen.rows += step.records.length;
        seen.outside += step.outside;
        if (isOver(state)) continue;
        const isDense = pages >= DENSE_PAGES && toMs - fromMs > TICK_MS;
        // Each part would be as long as the whole, and so on for ever.
        if (isDense && isRangeIgnored(stream, seen)) throw new SourceError('incomplete', 'range_ignored');
        const mayGoOn = parts.mayGoOn();
        const isDue = buffer.isFull || parts.now() - storedAt >= STORED_EVERY_MS;
        if (isDue || isDense || !mayGoOn) await store();
        if (isDense || !mayGoOn) {
          await commits.idle();
          return isDense ? 'dense' : 'paused';
        }
        if (pages % PAGES_PER_WALK === 0) {
          isRead = false;
          break;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof SourceError)) {
      await commits.idle().catch(() => undefined);
      throw error;
    }
    // What was read before the failure is kept: the next try goes on from there.
    if (!buffer.isEmpty) await store();
    await commits.idle();
    if (error.failure === 'out-of-budget') return 'paused';
    throw error;
  }
  if (isRangeIgnored(stream, seen)) parts.log.alert('sync.range_ignored', { stream, ...seen });
  if (proof === null) {
    await store(true);
    await commits.idle();
    return 'done';
  }
  await store();
  await commits.idle();
  const { statements, missing } = await proofStatements(parts.database, progress.slice, {
    ...proof,
    pageSize: state.traits.size,
    nowMs: parts.now(),
  });
  await store(true, statements);
  await commits.idle();
  if (proof.lacked + proof.changed + missing > 0) {
    const { lacked, changed } = proof;
    parts.log.alert('sync.drift', { stream, fromMs, toMs, lacked, changed, missing });
  }
  return 'done';
}

/**
 * Another page size than the first reading had, so that a fault that depends on it shows; its own size again where pages
 * of the other could not be proven to be all, as with as many rows in a second.
 */
function proofTraits(traits: ListTraits, { attempts }: Slice): ListTraits {
  if (attempts > 0) return traits;
  return { ...traits, size: Math.max(7, Math.floor(traits.size * 0.7)), growing: false };
}

/**
 * Whether FacePass gives the whole history whatever part of it is asked for. A registration may be found where it was before
 * its audit moved it; a verification stays where it is.
 */
function isRangeIgnored(stream: MirrorStream, { rows, outside }: { rows: number; outside: number }): boolean {
  return stream === 'verifications' && outside >= MANY_OUTSIDE && outside * 2 > rows;
}

function isOver({ spans }: WalkState): boolean {
  return spans.length === 0;
}

async function giveBack(
  leased: Slice,
  slice: Slice,
  { failure, code }: SourceError,
  tally: StreamTally,
  { database, now, log }: SliceParts,
): Promise<SliceOutcome> {
  // Where FacePass has given something of this history in this run, it refuses this slice and not all of it.
  const isParking = failure === 'hopeless' || (failure === 'refused' && tally.pages === 0);
  // What is read from the beginning again has won nothing by its pages.
  const startOver = failure === 'incomplete';
  const attempts = (startOver || slice.kind === 'verify' ? leased : slice).attempts;
  const waitMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 20), LONGEST_RETRY_MS);
  const aside = await releaseFailed(
    database,
    slice,
    {
      code,
      attempts: attempts + 1,
      // A parked stream is tried once by every run; nothing is gained by waiting longer.
      notBeforeMs: now() + (isParking ? 0 : waitMs),
      startOver,
      maySetAside: failure !== 'hopeless',
    },
    now(),
  );
  if (aside === null) return { outcome: isParking ? 'parked' : 'failed', code };
  const { stream, kind, from_ms: fromMs, to_ms: toMs } = slice;
  const isCut = toMs - fromMs > SHORT_MS && aside < MANY_ASIDE;
  const inner = isCut ? boundaries(fromMs, toMs, DENSE_PARTS) : [];
  if (inner.length > 0) {
    await splitSlice(database, slice, inner, now());
    return { outcome: 'split' };
  }
  log.alert('sync.set_aside', { stream, kind, fromMs, toMs, errorCode: code });
  return { outcome: 'aside' };
}
