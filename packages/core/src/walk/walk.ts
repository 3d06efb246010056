import type { PageSuccess } from '../contract/paging.ts';
import { advance, proceed } from './advance.ts';
import { requestOf } from './inquiry.ts';
import { afterFailure } from './refusal.ts';
import { createSpanIds } from './span-ids.ts';
import { restart, TICK_MS, type UnreadSpan, type WalkSpan, type WalkState } from './walk-state.ts';

/** What one request of a walk asks for. Times are whole seconds, both ends included; none for a list without. */
export interface PageRequest {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly cursor?: string;
  readonly size: number;
  /** Nothing like it has been answered yet: a server that fails on it need not be asked many times. */
  readonly isTentative?: boolean;
}

/**
 * A row that was read, or what kept it from being read. An `outside` row was not asked for and is left out; `atMs`
 * is its time, where it has one.
 */
export type ReadRow<Item> =
  | { readonly id: string; readonly item: Item; readonly outside?: boolean; readonly atMs?: number }
  | { readonly id?: string | undefined; readonly path: string };

/**
 * A row without an id or a readable time: where it was and what was wrong. `content()` gives the row as it
 * came, which may hold personal data; it is a function so that no log or JSON of a page contains it.
 */
export interface QuarantinedRow {
  /** Position on its page, from 0. */
  readonly index: number;
  /** The field that could not be read. */
  readonly path: string;
  readonly content: () => unknown;
}

export interface WalkOptions<Item> {
  readonly fetchPage: (request: PageRequest) => Promise<PageSuccess>;
  readonly readRow: (row: unknown) => ReadRow<Item>;
  /** From `beginWalk`, or the state of the last step whose items were kept. */
  readonly state: WalkState;
}

/** One page. Keep `items` and `state` together, and a later walk goes on from here. */
export interface WalkStep<Item> {
  /** Rows not yielded before in this walk. After a resume some may come once more. */
  readonly items: readonly Item[];
  readonly quarantined: readonly QuarantinedRow[];
  readonly state: WalkState;
  readonly nextCursor: string | undefined;
  /** As FacePass sent them: the guide contradicts itself about both, so nothing depends on them alone. */
  readonly hasMore: boolean | undefined;
  readonly size: number | undefined;
}

export interface WalkOutcome {
  /** Whether every piece of the range was read to a proven end. */
  readonly complete: boolean;
  readonly unread: readonly UnreadSpan[];
  readonly pages: number;
}

/** How a walk stands, by its state. */
export function outcomeOf(state: WalkState): WalkOutcome {
  const { spans, unread, pages } = state;
  return { complete: spans.length === 0 && unread.length === 0, unread, pages };
}

/**
 * Reads a list to its end, whatever its server means by cursors, `hasMore` and `size`: learns it from the pages,
 * and where cursors lead nowhere, cuts the range by time until every piece fits on one page.
 *
 * Returns its outcome: a walk that ran out without an error may still be incomplete, and says so.
 *
 * @throws what `fetchPage` throws, when asking more mildly does not help. The last state stays good.
 */
export async function* walk<Item>(options: WalkOptions<Item>): AsyncGenerator<WalkStep<Item>, WalkOutcome> {
  let state = resumable(options.state);
  const yielded: Yielded = { ids: new Set(), unread: new Set() };
  let spanIds = createSpanIds(state.spans[0]?.anchors);
  for (let span = state.spans[0]; span !== undefined; span = state.spans[0]) {
    if (span.via === 'start') spanIds = createSpanIds();
    const { refusedRangeMs } = state.traits;
    if (refusedRangeMs !== undefined && isAsLong(span, refusedRangeMs)) {
      state = proceed(state, span, { kind: 'split' });
      continue;
    }
    let page: PageSuccess;
    try {
      page = await options.fetchPage(requestOf(span, state.traits));
    } catch (error) {
      const milder = afterFailure(state, error);
      if (milder === undefined) throw error;
      state = milder;
      continue;
    }
    const rows = page.items.map(options.readRow);
    const ids = idsOf(rows);
    const { distinct: distinctIds, newIds } = spanIds.meet(ids, span);
    const { nextCursor, hasMore, size } = page;
    const times = span.via === 'start' ? timesOf(rows) : [];
    // A row that comes twice on its page is one row: it does not make the page longer.
    const distinct = distinctIds + rows.length - ids.length;
    state = advance(state, { rows: distinct, ids, newIds, lastId: ids.at(-1), nextCursor, hasMore, times });
    const kept = span.isCalibration !== true ? sort(page.items, rows, yielded) : noRows;
    yield { ...kept, state, nextCursor, hasMore, size };
  }
  return outcomeOf(state);
}

/** Cursors are compared by what each leads to, which the ends of pages cannot tell: that begins again. */
function resumable(state: WalkState): WalkState {
  const span = state.spans[0];
  return span?.comparison === undefined ? state : restart(state, span);
}

const noRows = { items: [], quarantined: [] };

function isAsLong({ via, fromMs, toMs }: WalkSpan, rangeMs: number): boolean {
  // Halves differ by a tick: what was refused to one is not asked for the other.
  return via === 'start' && fromMs !== undefined && toMs !== undefined && toMs - fromMs + TICK_MS >= rangeMs;
}

function idsOf(rows: readonly ReadRow<unknown>[]): string[] {
  const ids: string[] = [];
  for (const { id } of rows) if (id !== undefined) ids.push(id);
  return ids;
}

function timesOf(rows: readonly ReadRow<unknown>[]): number[] {
  const times: number[] = [];
  for (const row of rows) if ('item' in row && row.atMs !== undefined) times.push(row.atMs);
  return times;
}

/** What a walk has given already: rows by id, and those that could not be read by their content. */
interface Yielded {
  readonly ids: Set<string>;
  readonly unread: Set<string>;
}

function sort<Item>(
  raw: readonly unknown[],
  rows: readonly ReadRow<Item>[],
  yielded: Yielded,
): { items: Item[]; quarantined: QuarantinedRow[] } {
  const items: Item[] = [];
  const quarantined: QuarantinedRow[] = [];
  rows.forEach((row, index) => {
    // It may come again on an overlapping page.
    if (!('path' in row)) {
      if (isNew(yielded.ids, row.id) && row.outside !== true) items.push(row.item);
    } else if (isNew(yielded.unread, JSON.stringify(raw[index]))) {
      quarantined.push({ index, path: row.path, content: () => raw[index] });
    }
  });
  return { items, quarantined };
}

/** Adds `value`; whether it was not there before. */
function isNew(values: Set<string>, value: string): boolean {
  const { size } = values;
  return values.add(value).size > size;
}
