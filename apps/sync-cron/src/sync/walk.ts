import { type HistoryPage, SourceError } from '../source/history-source.ts';

/** What `hasMore: true` was found to mean; `nothing` once it contradicted itself. */
export type HasMoreMeaning = 'more' | 'last' | 'nothing';

export interface WalkStart {
  /** Where to go on, or null for the beginning. */
  readonly cursor: string | null;
  /** Cursors this walk was given before. */
  readonly seen: readonly string[];
  readonly hasMoreMeans: HasMoreMeaning | null;
}

/** A page of a walk; once it is stored, the walk can be resumed from `cursor` (null: it was the last). */
export interface WalkedPage {
  readonly page: HistoryPage;
  readonly cursor: string | null;
}

/**
 * How a walk ended: `complete`, or `doubtful` when FacePass's cursors stopped leading on although it seems to
 * have more; then the range is to be split and walked again.
 */
export type WalkEnd = 'complete' | 'doubtful';

export interface WalkResult {
  readonly end: WalkEnd;
  readonly hasMoreMeans: HasMoreMeaning | null;
}

/** FacePass kept handing out new cursors with nothing behind them. */
export class EmptyPagesError extends Error {
  override readonly name = 'EmptyPagesError';
  readonly code = 'empty_pages';

  constructor() {
    super(`${MAX_EMPTY_PAGES} pages in a row were empty, each with a new cursor`);
  }
}

/** An empty page may hide more behind it; this many in a row do not. */
const MAX_EMPTY_PAGES = 10;

/**
 * Reads a range to its end, trusting neither `hasMore` nor `size`: it goes on while FacePass gives cursors it
 * has not given before, also after a short page. What `request` throws passes through.
 */
export async function* walk(
  request: (cursor: string | null) => Promise<HistoryPage>,
  start: WalkStart,
): AsyncGenerator<WalkedPage, WalkResult> {
  const seen = new Set(start.seen);
  if (start.cursor !== null) seen.add(start.cursor);
  const ids = createRecentIds();
  let cursor = start.cursor;
  let meaning = start.hasMoreMeans;
  let empty = 0;
  let previous: HistoryPage | null = null;
  /** The cursor in hand is the last item's id, since FacePass gave none that leads on. */
  let detour = false;
  /** An item's id led on before, so that one which does not is believed. */
  let idsLeadOn = false;

  for (;;) {
    let page: HistoryPage;
    try {
      page = await request(cursor);
    } catch (error) {
      // FacePass does not take an item's id for a cursor: then it shows nothing, and the doubt remains.
      if (detour && error instanceof SourceError && error.failure === 'refused') {
        return { end: 'doubtful', hasMoreMeans: meaning };
      }
      throw error;
    }
    const fresh = ids.add(page);
    if (previous !== null && fresh) meaning = learn(meaning, previous.hasMore, 'middle');
    idsLeadOn ||= detour && fresh;
    const lost = detour && !fresh && !idsLeadOn;
    const next = page.nextCursor;
    const isEmpty = page.records.length + page.unreadable.length === 0;

    if (next !== null && !seen.has(next)) {
      empty = isEmpty ? empty + 1 : 0;
      if (empty > MAX_EMPTY_PAGES) throw new EmptyPagesError();
      cursor = next;
      detour = detour && !fresh;
    } else {
      if (isEmpty && next === null) meaning = learn(meaning, page.hasMore, 'last');
      if (!fresh && previous !== null && !detour) meaning = learn(meaning, previous.hasMore, 'last');
      // No cursor, and none expected; or one we had, with nothing new beside it: that was all.
      if (next === null ? !claimsMore(page.hasMore, meaning) : !fresh) {
        yield { page, cursor: null };
        return { end: lost ? 'doubtful' : 'complete', hasMoreMeans: meaning };
      }
      const lastId = page.records.at(-1)?.id;
      if (lastId === undefined || seen.has(lastId)) {
        yield { page, cursor: null };
        return { end: 'doubtful', hasMoreMeans: meaning };
      }
      cursor = lastId;
      detour = true;
    }
    seen.add(cursor);
    yield { page, cursor };
    previous = page;
  }
}

function claimsMore(hasMore: boolean | null, meaning: HasMoreMeaning | null): boolean {
  return hasMore !== null && (meaning === 'more' || meaning === 'last') && hasMore === (meaning === 'more');
}

/** Votes on what `hasMore` means; two that disagree make it mean nothing, for good. */
function learn(
  meaning: HasMoreMeaning | null,
  hasMore: boolean | null,
  position: 'middle' | 'last',
): HasMoreMeaning | null {
  if (hasMore === null || meaning === 'nothing') return meaning;
  return agreed(meaning, hasMore === (position === 'middle') ? 'more' : 'last');
}

/** One meaning out of two findings; two that disagree mean nothing. */
export function agreed(one: HasMoreMeaning | null, other: HasMoreMeaning | null): HasMoreMeaning | null {
  if (one === null || other === null) return one ?? other;
  return one === other ? one : 'nothing';
}

/**
 * Tells a page with something new from one that repeats. Only the first and the two latest pages are kept, so
 * memory stays flat; what is taken for new by mistake costs requests, never rows.
 */
function createRecentIds(): { add(page: HistoryPage): boolean } {
  const kept: ReadonlySet<string>[] = [];
  return {
    add(page) {
      const ids = new Set(page.records.map(({ id }) => id));
      const fresh = [...ids].some((id) => !kept.some((known) => known.has(id)));
      if (fresh) {
        kept.push(ids);
        if (kept.length > 3) kept.splice(1, 1);
      }
      return fresh;
    },
  };
}
