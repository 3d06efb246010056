import { mayBeCutShort } from './doubt.ts';
import { type ListTraits, saysMore, type Told } from './list-traits.ts';
import type { Continuation, WalkSpan } from './walk-state.ts';

/** A page as far as the walk cares: how many rows, which ids were new, and what it says about the next. */
export interface PageSeen {
  readonly rows: number;
  readonly ids: readonly string[];
  readonly newIds: readonly string[];
  readonly lastId: string | undefined;
  readonly nextCursor: string | undefined;
  readonly hasMore: boolean | undefined;
  /** The rows' times, where they have one. */
  readonly times?: readonly number[];
}

/** An empty page may hide more behind it; ten in a row are a server going round in circles. */
const MAX_PAGES_WITHOUT_NEWS = 10;
/** Fewer where cursors lead through nothing for ever as well: they say nothing there. */
const MAX_PAGES_WHERE_ENDLESS = 3;

/**
 * Where to go after a page. A span ends on evidence only: a page that brings nothing new behind a cursor of a kind
 * that has led on before, or a page that can be told to be all there is.
 */
export function continuationOf(traits: ListTraits, span: WalkSpan, page: PageSeen): Continuation {
  if (traits.cursorForm === 'unreliable') return withoutCursors(traits, span, page);
  return page.newIds.length === 0 ? afterNothingNew(traits, span, page) : afterNews(traits, span, page);
}

/** Cursors are not to be trusted: a page that may leave rows out is cut, any other is the whole span. */
function withoutCursors(traits: ListTraits, span: WalkSpan, page: PageSeen): Continuation {
  const seen = { ...withLast(span, page), advanced: false };
  const more = page.nextCursor === undefined ? judged(traits, seen) : undefined;
  return { kind: (more ?? mayBeCutShort(traits, seen)) ? 'split' : 'end' };
}

function afterNothingNew(traits: ListTraits, span: WalkSpan, page: PageSeen): Continuation {
  const { nextCursor } = page;
  if (nextCursor !== undefined && !wasAsked(span, nextCursor) && traits.cursorForm !== 'last-id') {
    const endless = leadsThroughNothing(traits) && page.rows === 0;
    const most = endless ? MAX_PAGES_WHERE_ENDLESS : MAX_PAGES_WITHOUT_NEWS;
    if (span.pagesWithoutNews < most) return { kind: 'ask', cursor: nextCursor, via: 'next' };
    if (page.rows > 0) return { kind: 'split' };
    if (!endless) return { kind: 'give-up', reason: 'empty_pages' };
  }
  // No cursor, the same rows for the last one's id, and yet word that more follows, by a server that has kept its word.
  const saidMore = span.via === 'end-check' && saysMore(traits, toldLast(span)) === true;
  if (page.rows > 0) return { kind: saidMore || mayBeCutShort(traits, span) ? 'split' : 'end' };
  if (span.via === 'start') return { kind: saysMore(traits, toldBy(page)) === true ? 'split' : 'end' };
  if (span.via === 'end-check') return withNothingBehind(traits, span);
  return { kind: mayBeCutShort(traits, span) ? 'split' : 'end' };
}

/** A server that has never shown a row says nothing by that: it may be hiding all of them. */
function leadsThroughNothing({ nothing, longestPage }: ListTraits): boolean {
  return nothing?.cursors === 'endless' && longestPage > 0;
}

function afterNews(traits: ListTraits, span: WalkSpan, page: PageSeen): Continuation {
  const { nextCursor, lastId } = page;
  const lastIdMayLead = lastId !== undefined && traits.cursorForm !== 'opaque' && !wasAsked(span, lastId);
  if (nextCursor === undefined) {
    const seen = withLast(span, page);
    if (judged(traits, seen) === false) return { kind: 'end' };
    if (lastIdMayLead) return { kind: 'ask', cursor: lastId, via: 'end-check' };
    return withNothingBehind(traits, seen);
  }
  if (nextCursor === lastId && lastIdMayLead) return { kind: 'ask', cursor: nextCursor, via: 'next' };
  if (traits.cursorForm === 'last-id' || wasAsked(span, nextCursor)) {
    return lastIdMayLead ? { kind: 'ask', cursor: lastId, via: 'last-id' } : { kind: 'split' };
  }
  const undecided = traits.cursorForm === 'unknown' && lastIdMayLead;
  return { kind: 'ask', cursor: nextCursor, via: 'next', ...(undecided && { compareWith: lastId }) };
}

/** The last page with rows had no `nextCursor`, and its last id led nowhere: is it the end? */
export function withNothingBehind(traits: ListTraits, span: WalkSpan): Continuation {
  const said = saysMore(traits, toldLast(span));
  if (said === true) return { kind: 'split' };
  if (!mayBeCutShort(traits, span)) return { kind: 'end' };
  // Nothing behind an id proves little where the server may not understand ids; where it hands out cursors that lead
  // on, their absence does.
  if (said !== false && traits.leads?.next !== true) return { kind: 'split' };
  return { kind: mayMislead(traits, span) && span.size === undefined ? 'exactly' : 'end' };
}

/** What the last page with rows says of what follows, as far as it can be believed. */
function judged(traits: ListTraits, span: WalkSpan): boolean | undefined {
  const more = saysMore(traits, toldLast(span));
  return more === false && mayMislead(traits, span) ? undefined : more;
}

/** Some say that nothing follows a page that is shorter than asked for, even where they cut it short themselves. */
function mayMislead(traits: ListTraits, { size = traits.size, lastRows = 0 }: WalkSpan): boolean {
  return lastRows < size && lastRows >= traits.longestPage;
}

/** The span with this page for its last one. */
function withLast(span: WalkSpan, page: PageSeen): WalkSpan {
  const { hasMore, hasCursor } = toldBy(page);
  const advanced = span.advanced || span.via !== 'start';
  return { ...span, advanced, lastRows: page.rows, lastHasMore: hasMore, lastHadCursor: hasCursor };
}

export function toldBy({ hasMore, nextCursor }: PageSeen): Told & { hasCursor: boolean } {
  return { hasMore, hasCursor: nextCursor !== undefined };
}

export function toldLast({ lastHasMore, lastHadCursor }: WalkSpan): Told {
  return { hasMore: lastHasMore, hasCursor: lastHadCursor };
}

function wasAsked(span: WalkSpan, cursor: string): boolean {
  return span.asked.includes(cursor);
}
