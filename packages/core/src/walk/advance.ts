import { continuationOf, mayBeCutShort, type PageSeen } from './continuation.ts';
import { afterInquiryAnswered } from './inquiry.ts';
import { type ListTraits, largerSize, learnHasMore, saysMore } from './list-traits.ts';
import {
  type Comparison,
  type Continuation,
  halvesOf,
  restart,
  type WalkSpan,
  type WalkState,
} from './walk-state.ts';

/** Ids kept at either end of a span's pages, so that a resumed walk recognises a page it has had. */
const ANCHORS = 10;
/** Cursors remembered: a cycle longer than this runs into the limit of pages without news. */
const ASKED_REMEMBERED = 50;

/** The state after a page of the first span. Pure: the walk's whole judgement, without any I/O. */
export function advance(state: WalkState, page: PageSeen): WalkState {
  const span = state.spans[0];
  if (span === undefined) return state;
  const traits = learn(state.traits, span, page);
  const next = { ...state, traits, pages: state.pages + 1 };
  const inquired = afterInquiryAnswered(next, span);
  if (inquired !== undefined) return inquired;
  const size = span.via === 'start' && page.rows >= traits.size ? largerSize(traits) : undefined;
  const more = page.nextCursor !== undefined || saysMore(traits, page.hasMore) !== false;
  // Larger pages are tried on a first page only: some cursors mean another place at another size.
  if (size !== undefined && more) return { ...next, traits: { ...traits, size } };
  const after = withPage(span, page);
  if (span.via === 'compare' && span.comparison !== undefined) {
    return judge(next, after, span.comparison, page);
  }
  const continuation = continuationOf(traits, span, page);
  if (span.comparison !== undefined) {
    const viaNext = {
      firstNewId: page.newIds[0],
      goOn: withoutComparison(continuation),
      asked: span.cursor,
      answered: page.nextCursor,
    };
    return compare(next, after, { lastId: span.comparison.lastId, viaNext });
  }
  return proceed(next, after, continuation, page.rows === 0);
}

/** Follows a continuation: another request in this span, or on to the next. */
export function proceed(state: WalkState, span: WalkSpan, to: Continuation, proven = false): WalkState {
  const rest = state.spans.slice(1);
  switch (to.kind) {
    case 'ask': {
      const asked = [...span.asked, to.cursor].slice(-ASKED_REMEMBERED);
      const comparison = to.compareWith === undefined ? undefined : { lastId: to.compareWith };
      return { ...state, spans: [{ ...span, cursor: to.cursor, via: to.via, asked, comparison }, ...rest] };
    }
    case 'end': {
      const traits = proven ? learnHasMore(state.traits, span.lastHasMore, 'last') : state.traits;
      return { ...state, traits, spans: rest };
    }
    case 'split': {
      const halves = halvesOf(span);
      if (halves !== undefined) return { ...state, spans: [...halves, ...rest] };
      const reason = span.fromMs === undefined ? 'cursors_lead_nowhere' : 'too_dense';
      return proceed(state, span, { kind: 'give-up', reason });
    }
    case 'give-up': {
      const { fromMs, toMs } = span;
      const range = fromMs !== undefined && toMs !== undefined && { fromMs, toMs };
      return { ...state, spans: rest, unread: [...state.unread, { ...range, reason: to.reason }] };
    }
  }
}

/** Asks for the last row's id beside `nextCursor`. */
export function compare(state: WalkState, span: WalkSpan, comparison: Comparison): WalkState {
  const asked = [...span.asked, comparison.lastId].slice(-ASKED_REMEMBERED);
  const next: WalkSpan = { ...span, cursor: comparison.lastId, via: 'compare', asked, comparison };
  return { ...state, spans: [next, ...state.spans.slice(1)] };
}

/** Both kinds of cursor have been tried: which of them leads on? */
export function judge(state: WalkState, span: WalkSpan, comparison: Comparison, page: PageSeen): WalkState {
  const first = comparison.viaNext?.firstNewId;
  const goOn = comparison.viaNext?.goOn ?? { kind: 'split' };
  const become = (cursorForm: ListTraits['cursorForm']): WalkState => ({
    ...state,
    traits: { ...state.traits, cursorForm },
  });
  const { comparison: _, ...plain } = span;
  const sameRows = first !== undefined && page.ids.includes(first);
  // What `nextCursor` led to is known by now and would look like a repetition: the span is read from its beginning.
  if (isConstant(comparison, page) || leapt(comparison, page)) return restart(become('last-id'), span);
  if (page.newIds.length === 0 || sameRows) {
    // Both lead to the same rows, or only `nextCursor` leads on.
    if (first !== undefined) return proceed(movesOn(comparison) ? become('opaque') : state, plain, goOn);
    return proceed(state, plain, mayBeCutShort(state.traits, plain) ? { kind: 'split' } : goOn);
  }
  if (first === undefined) {
    const decided = become('last-id');
    return proceed(decided, plain, continuationOf(decided.traits, { ...plain, via: 'last-id' }, page));
  }
  // Each led somewhere else: neither can be relied on, though what they brought is real.
  return proceed(become('unreliable'), plain, { kind: 'split' });
}

/**
 * Whether `nextCursor` is the same wherever one is. The guide's sample has it so; when it is the id of a record
 * too, it leads to rows, though not to the next ones.
 */
function isConstant({ viaNext }: Comparison, page: PageSeen): boolean {
  if (viaNext?.firstNewId === undefined || viaNext.asked === undefined) return false;
  if (page.nextCursor !== viaNext.asked || page.lastId === viaNext.asked) return false;
  return page.newIds.length > 0 || (page.rows > 0 && viaNext.answered === viaNext.asked);
}

/** Whether the last row's id led to new rows in front of those that `nextCursor` led to: it leaves rows out. */
function leapt({ viaNext }: Comparison, page: PageSeen): boolean {
  const first = viaNext?.firstNewId;
  const [firstNew] = page.newIds;
  if (first === undefined || firstNew === undefined) return false;
  return page.ids.indexOf(firstNew) < page.ids.indexOf(first);
}

/** Whether `nextCursor` led to a page with another one. */
function movesOn({ viaNext }: Comparison): boolean {
  return viaNext?.answered !== undefined && viaNext.answered !== viaNext.asked;
}

function withPage(span: WalkSpan, page: PageSeen): WalkSpan {
  const news = page.newIds.length > 0;
  const { refusedOnce: _refused, inquiry: _inquiry, ...plain } = span;
  const byId = span.via === 'end-check' || span.via === 'last-id';
  const head = span.via === 'start' ? page.newIds.slice(0, ANCHORS) : span.anchors.slice(0, ANCHORS);
  return {
    ...plain,
    anchors: [...new Set([...head, ...page.newIds.slice(-ANCHORS)])],
    pagesWithoutNews: news ? 0 : span.pagesWithoutNews + 1,
    advanced: span.advanced || (news && span.via !== 'start'),
    ...(news && byId && { idsLead: true }),
    ...(news && { lastHasMore: page.hasMore, lastRows: page.rows }),
  };
}

function learn(traits: ListTraits, span: WalkSpan, page: PageSeen): ListTraits {
  const measured = { ...traits, longestPage: Math.max(traits.longestPage, page.rows) };
  const followed = page.newIds.length > 0 && span.via !== 'start' && span.via !== 'compare';
  return followed ? learnHasMore(measured, span.lastHasMore, 'middle') : measured;
}

function withoutComparison(to: Continuation): Continuation {
  return to.kind === 'ask' ? { kind: 'ask', cursor: to.cursor, via: to.via } : to;
}
