import { afterCalibration } from './calibration.ts';
import { continuationOf, type PageSeen, toldBy, toldLast } from './continuation.ts';
import {
  afterAskedAgain,
  afterDoubt,
  mayBeCutShort,
  nothingSpan,
  shortPageOf,
  withConviction,
} from './doubt.ts';
import { afterInquiryAnswered } from './inquiry.ts';
import { answered, type ListTraits, largerSize, learnTold, measured, saysMore } from './list-traits.ts';
import { afterSameAgain } from './same-again.ts';
import { splitSpan } from './split.ts';
import {
  begunAgain,
  type Comparison,
  type Continuation,
  inPagesOf,
  restart,
  type WalkSpan,
  type WalkState,
} from './walk-state.ts';

/** Ids kept at either end of a span's pages, so that a resumed walk recognises a page it has had. */
const ANCHORS = 10;
/** Cursors remembered: a cycle longer than this runs into the limit of pages without news. */
const ASKED_REMEMBERED = 50;
/** Rows that only the last row's id led to, and that `nextCursor` has to lead to as well. */
const EXPECTED = 20;

/** The state after a page of the first span. Pure: the walk's whole judgement, without any I/O. */
export function advance(before: WalkState, page: PageSeen): WalkState {
  const calibrated = afterCalibration(before, page);
  if (calibrated !== undefined) return { ...calibrated, pages: before.pages + 1 };
  const same = afterSameAgain(before, page);
  if (same !== undefined) return { ...same, pages: before.pages + 1 };
  const doubted = afterAskedAgain(before, page) ?? afterDoubt(before, page.newIds);
  if (doubted !== undefined) return doubted;
  const state = withConviction(before, page.newIds);
  const span = state.spans[0];
  if (span === undefined) return state;
  // What answers an inquiry says nothing of the cursor at hand.
  const traits = span.inquiry === 'alive' ? state.traits : learn(state.traits, span, page);
  const next = { ...state, traits, pages: state.pages + 1 };
  const inquired = afterInquiryAnswered(next, span);
  if (inquired !== undefined) return inquired;
  const mayGrow = span.via === 'start' && span.size === undefined && page.rows >= traits.size;
  const size = mayGrow ? largerSize(traits) : undefined;
  const more = page.nextCursor !== undefined || saysMore(traits, toldBy(page)) !== false;
  // Larger pages are tried on a first page only: some cursors mean another place at another size.
  if (size !== undefined && more) return { ...next, traits: { ...traits, size } };
  const after = withPage(span, page, traits.size);
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
      if (span.expected !== undefined && span.expected.length > 0) {
        return proceed(become(state, 'unreliable'), span, { kind: 'split' });
      }
      const traits = proven ? learnTold(state.traits, toldLast(span), 'last') : state.traits;
      return { ...state, traits, spans: rest };
    }
    case 'exactly':
      return {
        ...state,
        spans: [{ ...inPagesOf(span.lastRows, span), saidBefore: span.lastHasMore }, ...rest],
      };
    case 'split':
      return splitSpan(state, span);
    case 'give-up': {
      const { fromMs, toMs } = span;
      if (fromMs === undefined || toMs === undefined) {
        return { ...state, spans: rest, unread: [...state.unread, { reason: to.reason }] };
      }
      // Perhaps this is how the server says that there is nothing: asking about nothing, and reading the rest, will tell.
      const first = state.traits.nothing === undefined ? [nothingSpan] : [];
      const mayWait = rest.length > 0 && span.isDeferred !== true;
      if (to.reason === 'empty_pages' && (first.length > 0 || mayWait)) {
        return { ...state, spans: [...first, ...rest, { ...begunAgain(span), isDeferred: true }] };
      }
      return { ...state, spans: rest, unread: [...state.unread, { fromMs, toMs, reason: to.reason }] };
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
  const { comparison: _, ...plain } = span;
  const sameRows = first !== undefined && page.ids.includes(first);
  // What `nextCursor` led to is known by now and would look like a repetition: the span is read from its beginning.
  if (isConstant(comparison, page) || leapt(comparison, page)) return restart(become(state, 'last-id'), span);
  if (page.newIds.length === 0 || sameRows) {
    // Both lead to the same rows, or only `nextCursor` leads on.
    if (first !== undefined) {
      const decided = movesOn(comparison) ? become(state, 'opaque') : state;
      const traits = stays(comparison) ? decided.traits : withLead(decided.traits, 'next');
      return proceed({ ...decided, traits }, withoutAsking(plain, comparison.lastId), goOn);
    }
    return proceed(state, plain, mayBeCutShort(state.traits, plain) ? { kind: 'split' } : goOn);
  }
  if (first === undefined) {
    const decided = become(state, 'last-id');
    return proceed(decided, plain, continuationOf(decided.traits, { ...plain, via: 'last-id' }, page));
  }
  // Each led somewhere else. A `nextCursor` that moves on may well lead to the other's rows later: an id can look like
  // an offset or a page's number. Otherwise neither can be relied on, though what they brought is real.
  if (!movesOn(comparison)) return proceed(become(state, 'unreliable'), plain, { kind: 'split' });
  const expected = page.newIds.slice(0, EXPECTED);
  return proceed(become(state, 'opaque'), { ...withoutAsking(plain, comparison.lastId), expected }, goOn);
}

function become(state: WalkState, cursorForm: ListTraits['cursorForm']): WalkState {
  const { leads } = state.traits;
  const isFollowed = cursorForm === 'opaque' || cursorForm === 'unknown';
  return {
    ...state,
    traits: {
      ...state.traits,
      cursorForm,
      ...(!isFollowed && leads && { leads: { ...leads, next: false } }),
    },
  };
}

/** An id that was only compared with may still come up as a `nextCursor`. */
function withoutAsking(span: WalkSpan, cursor: string): WalkSpan {
  return { ...span, asked: span.asked.filter((asked) => asked !== cursor) };
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
function movesOn(comparison: Comparison): boolean {
  return comparison.viaNext?.answered !== undefined && !stays(comparison);
}

function stays({ viaNext }: Comparison): boolean {
  return viaNext?.answered === viaNext?.asked;
}

function withLead(traits: ListTraits, kind: 'next' | 'id'): ListTraits {
  return { ...traits, leads: { ...traits.leads, [kind]: true } };
}

function withPage(span: WalkSpan, page: PageSeen, size: number): WalkSpan {
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
    ...(span.via === 'start' && span.size === undefined && { shortPage: shortPageOf(span, page, size) }),
    ...(span.expected && { expected: span.expected.filter((id) => !page.ids.includes(id)) }),
    ...(news && { lastHasMore: page.hasMore, lastHadCursor: page.nextCursor !== undefined }),
    ...(news && { lastRows: page.rows }),
  };
}

function learn(traits: ListTraits, span: WalkSpan, page: PageSeen): ListTraits {
  const isWhole = span.via === 'start' && span.inquiry !== 'mildest';
  const counted = measured(isWhole ? answered(traits, span) : traits, page.rows);
  if (span.via === 'start' && changedItsMind(span, page)) {
    // Of the same rows it said one thing and the other, by how many were asked for: it says nothing of what follows.
    const both = learnTold(counted, { hasMore: true, hasCursor: undefined }, 'middle');
    return learnTold(both, { hasMore: false, hasCursor: undefined }, 'middle');
  }
  if (span.via === 'start' && page.rows > 0 && page.rows < (span.knownRows ?? 0)) {
    return learnTold(counted, toldBy(page), 'middle');
  }
  const followed = page.newIds.length > 0 && span.via !== 'start' && span.via !== 'compare';
  if (!followed) return counted;
  // While two kinds of cursor are compared it is open whether this one leaves rows out.
  const learnt = learnTold(counted, toldLast(span), 'middle');
  return span.comparison === undefined ? withLead(learnt, span.via === 'next' ? 'next' : 'id') : learnt;
}

function changedItsMind({ size, saidBefore }: WalkSpan, { rows, hasMore }: PageSeen): boolean {
  return rows === size && saidBefore !== undefined && hasMore !== undefined && saidBefore !== hasMore;
}

function withoutComparison(to: Continuation): Continuation {
  return to.kind === 'ask' ? { kind: 'ask', cursor: to.cursor, via: to.via } : to;
}
