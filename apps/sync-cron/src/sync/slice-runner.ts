import { type HistoryPage, type HistorySource, SourceError } from '../source/history-source.ts';
import { type Committer, type FetchedRecord, LeaseLostError } from '../store/commit.ts';
import type { Database } from '../store/database.ts';
import type { QuarantineEntry, QuarantineSealer } from '../store/quarantine.ts';
import { cursorsSeen, releaseSlice, restartSlice, type Slice, splitSlice } from '../store/slice-store.ts';
import { createFirstPage, type PageSizes, smallerThan } from './page-size.ts';
import { boundaries, TICK_MS } from './plan.ts';
import { agreed, EmptyPagesError, type HasMoreMeaning, type WalkEnd, walk } from './walk.ts';

/** What the slices of one stream learn and count together during a run. */
export interface StreamTally extends PageSizes {
  hasMoreMeans: HasMoreMeaning | null;
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
  readonly zoneId: number;
  /** Whether one more page may be read and stored. */
  readonly mayGoOn: () => boolean;
}

/**
 * - `done`, `split`: closed, or replaced by parts;
 * - `paused`: the budget is used up; the checkpoint stands;
 * - `failed`: to be tried again later; `parked`: nothing of this stream can be read;
 * - `lost`: another run has the slice.
 */
export type SliceOutcome =
  | { readonly outcome: 'done' | 'split' | 'paused' | 'lost' }
  | { readonly outcome: 'failed' | 'parked'; readonly code: string };

/** A commit of about a thousand rows: large enough to be cheap a row, far below D1's limits. */
const ROWS_PER_COMMIT = 1_000;
/** Also after this many pages, so that a checkpoint is never far behind where pages are small or empty. */
const PAGES_PER_COMMIT = 100;
/** A slice with more pages than this is cut up, so that its parts are read side by side and closed one by one. */
const DENSE_PAGES = 1_000;
const DENSE_PARTS = 8;

const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;

/** Walks one leased slice as far as it goes, committing on the way. Failures of D1 pass through. */
export async function runSlice(leased: Slice, tally: StreamTally, parts: SliceParts): Promise<SliceOutcome> {
  const { database, now } = parts;
  let slice = leased;
  let startedOver = false;
  tally.slices++;
  try {
    for (;;) {
      const attempt = await walkSlice(slice, tally, parts);
      slice = attempt.slice;
      if ('paused' in attempt) {
        await releaseSlice(database, slice);
        return { outcome: 'paused' };
      }
      if ('end' in attempt) {
        if (attempt.end === 'complete') return { outcome: 'done' };
        const inner = boundaries(slice.from_ms, slice.to_ms, attempt.end === 'dense' ? DENSE_PARTS : 2);
        if (inner.length === 0) return await fail(slice, 'stuck_cursor', parts);
        await splitSlice(database, slice, inner, now());
        return { outcome: 'split' };
      }
      const { error, cursor } = attempt;
      const smaller = smallerThan(attempt.size, error.failure, tally);
      // A cursor that was good may have expired: the walk starts over, once.
      const expired: boolean =
        smaller === null && error.failure === 'refused' && cursor !== null && !startedOver;
      if ((smaller === null && !expired) || !parts.mayGoOn()) {
        const hopeless = error.failure === 'parked' || (error.failure === 'refused' && cursor === null);
        return hopeless ? await parkSlice(slice, error.code, parts) : await fail(slice, error.code, parts);
      }
      startedOver ||= expired;
      const restarted = await restartSlice(database, slice, smaller ?? attempt.size);
      if (restarted === null) return { outcome: 'lost' };
      slice = restarted;
    }
  } catch (error) {
    if (error instanceof LeaseLostError) return { outcome: 'lost' };
    if (error instanceof EmptyPagesError) return await fail(slice, error.code, parts);
    throw error;
  }
}

type Attempt = { readonly slice: Slice } & (
  | { readonly paused: true }
  | { readonly end: WalkEnd | 'dense' }
  | { readonly error: SourceError; readonly size: number; readonly cursor: string | null }
);

async function walkSlice(leased: Slice, tally: StreamTally, parts: SliceParts): Promise<Attempt> {
  let slice = leased;
  let asked = slice.cursor;
  let size = slice.page_size ?? tally.pageSize;
  // A slice keeps its page size from cursor to cursor, lest a cursor that counts pages skip some.
  const firstPage = createFirstPage(tally, slice.page_size === null);
  const request = async (cursor: string | null): Promise<HistoryPage> => {
    asked = cursor;
    const page = (wanted: number): Promise<HistoryPage> =>
      parts.source.page({
        stream: slice.stream,
        // Whether ends are inclusive is unknown: slices overlap by a tick, and none is lost between two.
        fromMs: slice.from_ms - TICK_MS,
        toMs: slice.to_ms,
        size: wanted,
        cursor,
      });
    if (cursor !== null) return await page(size);
    const first = await firstPage(page, size);
    size = first.size;
    return first.page;
  };

  const buffer = createBuffer();
  const store = async (next: { cursor: string | null } | 'done'): Promise<void> => {
    const { pages, fetched, cursors, records, quarantined } = buffer.take();
    const result = await parts.committer.commit({
      slice,
      records,
      quarantined,
      cursors,
      pages,
      fetched,
      next,
      pageSize: size,
      zoneId: parts.zoneId,
      nowMs: parts.now(),
    });
    slice = result.slice;
    tally.pages += pages;
    tally.fetched += fetched;
    tally.inserted += result.inserted;
    tally.updated += result.updated;
    tally.quarantined += quarantined.length;
  };

  const steps = walk(request, {
    cursor: slice.cursor,
    seen: await cursorsSeen(parts.database, slice),
    hasMoreMeans: tally.hasMoreMeans,
  });
  let walked = 0;
  let last = false;
  try {
    for (;;) {
      if (!last && !parts.mayGoOn()) {
        if (buffer.pages > 0) await store({ cursor: buffer.cursor });
        return { slice, paused: true };
      }
      const step = await steps.next();
      if (step.done === true) {
        const { end, hasMoreMeans } = step.value;
        tally.hasMoreMeans = agreed(tally.hasMoreMeans, hasMoreMeans);
        await store(end === 'complete' ? 'done' : { cursor: null });
        return { slice, end };
      }
      const { page, cursor } = step.value;
      const quarantined = await Promise.all(page.unreadable.map((row) => parts.quarantine.seal(row)));
      buffer.add(page, quarantined, cursor);
      walked++;
      last = cursor === null;
      if (cursor === null) continue;
      if (walked >= DENSE_PAGES && slice.to_ms - slice.from_ms > TICK_MS) {
        await store({ cursor });
        return { slice, end: 'dense' };
      }
      if (buffer.rows >= ROWS_PER_COMMIT || buffer.pages >= PAGES_PER_COMMIT) await store({ cursor });
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    // What was read before the failure is kept: the next try goes on from there.
    if (buffer.pages > 0) await store({ cursor: buffer.cursor });
    return { slice, error, size, cursor: asked };
  }
}

async function fail(slice: Slice, code: string, { database, now }: SliceParts): Promise<SliceOutcome> {
  const waitMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(slice.attempts, 20), LONGEST_RETRY_MS);
  await releaseSlice(database, slice, { code, notBeforeMs: now() + waitMs });
  return { outcome: 'failed', code };
}

async function parkSlice(slice: Slice, code: string, { database, now }: SliceParts): Promise<SliceOutcome> {
  await releaseSlice(database, slice, { code, notBeforeMs: now() });
  return { outcome: 'parked', code };
}

interface Buffered {
  readonly records: FetchedRecord[];
  readonly quarantined: QuarantineEntry[];
  readonly cursors: string[];
  readonly pages: number;
  readonly fetched: number;
}

function createBuffer() {
  let held: { -readonly [Key in keyof Buffered]: Buffered[Key] } = emptyBuffer();
  let cursor: string | null = null;
  return {
    add(page: HistoryPage, quarantined: readonly QuarantineEntry[], next: string | null): void {
      for (const record of page.records) held.records.push({ record, requestedAt: page.requestedAt });
      held.quarantined.push(...quarantined);
      held.pages++;
      held.fetched += page.records.length + page.unreadable.length;
      if (next !== null) held.cursors.push(next);
      cursor = next;
    },
    take(): Buffered {
      const taken = held;
      held = emptyBuffer();
      return taken;
    },
    get pages() {
      return held.pages;
    },
    get rows() {
      return held.records.length + held.quarantined.length;
    },
    /** Where the walk goes on once the buffer is stored. */
    get cursor() {
      return cursor;
    },
  };
}

function emptyBuffer(): Buffered {
  return { records: [], quarantined: [], cursors: [], pages: 0, fetched: 0 };
}
