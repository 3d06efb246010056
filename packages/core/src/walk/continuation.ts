import { isFull, type ListTraits, saysMore } from './list-traits.ts';
import type { Continuation, WalkSpan } from './walk-state.ts';

/** A page as far as the walk cares: how many rows, which ids were new, and what it says about the next. */
export interface PageSeen {
  readonly rows: number;
  readonly ids: readonly string[];
  readonly newIds: readonly string[];
  readonly lastId: string | undefined;
  readonly nextCursor: string | undefined;
  readonly hasMore: boolean | undefined;
}

/** An empty page may hide more behind it; ten in a row are a server going round in circles. */
const MAX_PAGES_WITHOUT_NEWS = 10;

/**
 * Where to go after a page. A span ends on evidence only: an empty page behind a cursor, a page that brings
 * nothing new behind a cursor that has led on before, or no cursor and nothing behind the last row.
 */
export function continuationOf(traits: ListTraits, span: WalkSpan, page: PageSeen): Continuation {
  if (traits.cursorForm === 'unreliable') return withoutCursors(traits, page);
  return page.newIds.length === 0 ? afterNothingNew(traits, span, page) : afterNews(traits, span, page);
}

/**
 * Cursors are not to be trusted: a page shorter than others is the whole span, any other is cut. Rather once too
 * often: here nothing else would tell that rows are missing.
 */
function withoutCursors(traits: ListTraits, page: PageSeen): Continuation {
  const asLong = page.rows >= Math.max(2, Math.min(traits.size, traits.longestPage));
  const more = page.nextCursor === undefined && saysMore(traits, page.hasMore) === true;
  return asLong || more ? { kind: 'split' } : { kind: 'end' };
}

function afterNothingNew(traits: ListTraits, span: WalkSpan, page: PageSeen): Continuation {
  const { nextCursor } = page;
  if (nextCursor !== undefined && !wasAsked(span, nextCursor) && traits.cursorForm !== 'last-id') {
    return span.pagesWithoutNews >= MAX_PAGES_WITHOUT_NEWS
      ? { kind: 'give-up', reason: 'empty_pages' }
      : { kind: 'ask', cursor: nextCursor, via: 'next' };
  }
  if (page.rows === 0) {
    return endsHere(traits, span, page) ? { kind: 'end' } : { kind: 'split' };
  }
  // The same full page again, and no cursor that ever led on: the server may not heed cursors at all.
  return isFull(traits, page.rows) && !span.advanced ? { kind: 'split' } : { kind: 'end' };
}

function afterNews(traits: ListTraits, span: WalkSpan, page: PageSeen): Continuation {
  const { nextCursor, lastId } = page;
  const lastIdMayLead = lastId !== undefined && traits.cursorForm !== 'opaque' && !wasAsked(span, lastId);
  if (nextCursor === undefined) {
    const more = saysMore(traits, page.hasMore);
    if (more === false) return { kind: 'end' };
    if (lastIdMayLead) return { kind: 'ask', cursor: lastId, via: 'end-check' };
    return endUnlessCutShort(traits, span, page);
  }
  if (nextCursor === lastId && lastIdMayLead) return { kind: 'ask', cursor: nextCursor, via: 'next' };
  if (traits.cursorForm === 'last-id' || wasAsked(span, nextCursor)) {
    return lastIdMayLead ? { kind: 'ask', cursor: lastId, via: 'last-id' } : { kind: 'split' };
  }
  const undecided = traits.cursorForm === 'unknown' && lastIdMayLead;
  return { kind: 'ask', cursor: nextCursor, via: 'next', ...(undecided && { compareWith: lastId }) };
}

/** Whether an empty page is the end. What is doubtful is cut in two, which settles it. */
function endsHere(traits: ListTraits, span: WalkSpan, page: PageSeen): boolean {
  if (span.via === 'start') return saysMore(traits, page.hasMore) !== true;
  if (span.via !== 'end-check') return true;
  // Nothing behind an id proves little where the server may not understand ids, or a known `hasMore` differs.
  return !mayBeCutShort(traits, span) && saysMore(traits, span.lastHasMore) !== true;
}

/** Whether the last page with rows was as long as pages get, and no cursor has ever led beyond it. */
export function mayBeCutShort(traits: ListTraits, span: WalkSpan): boolean {
  return !span.advanced && isFull(traits, span.lastRows ?? 0);
}

/** No cursor, and none to try: the end, unless the page or a proven `hasMore` says otherwise. */
export function endUnlessCutShort(
  traits: ListTraits,
  span: WalkSpan,
  page: Pick<PageSeen, 'rows' | 'hasMore'>,
): Continuation {
  const cutShort = isFull(traits, page.rows) && !span.advanced;
  return cutShort || saysMore(traits, page.hasMore) === true ? { kind: 'split' } : { kind: 'end' };
}

function wasAsked(span: WalkSpan, cursor: string): boolean {
  return span.asked.includes(cursor);
}
