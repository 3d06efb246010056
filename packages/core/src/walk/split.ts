import { proceed } from './advance.ts';
import { toldLast } from './continuation.ts';
import { differsFromNothing, nothingSpan, piecesAround, withoutAskingAgain } from './doubt.ts';
import { BASE_SIZE, type ListTraits, saysMore } from './list-traits.ts';
import { rememberCut } from './same-again.ts';
import { begunAgain, halvesOf, inPagesOf, type WalkSpan, type WalkState } from './walk-state.ts';

/**
 * Cuts the first span in pieces, each of which fits on a page the sooner. Before the first cut it is found out, once,
 * what the server says of nothing, and whether cursors lead from a page smaller than what is known to be there. What
 * cannot be cut further is judged by that.
 */
export function splitSpan(before: WalkState, span: WalkSpan): WalkState {
  const state = rememberCut(before, span);
  const rest = state.spans.slice(1);
  const { traits } = state;
  if (span.asksAgain !== undefined) return withoutAskingAgain(state, span.asksAgain);
  // In smaller pages it did not come to an end: back to its own.
  if (span.knownRows !== undefined) return { ...state, spans: [inPagesOf(undefined, span), ...rest] };
  if (span.fromMs === undefined) {
    return proceed(state, span, { kind: 'give-up', reason: 'cursors_lead_nowhere' });
  }
  const first = traits.nothing === undefined ? [nothingSpan] : [];
  const smaller = smallerSize(traits, span);
  if (smaller !== undefined) {
    const tried = { ...state, traits: { ...traits, triedSmaller: true } };
    return { ...tried, spans: [...first, inPagesOf(smaller, span, span.lastRows), ...rest] };
  }
  const another = anotherSize(span);
  if (another !== undefined) return { ...state, spans: [...first, inPagesOf(another, span), ...rest] };
  const page = span.advanced ? undefined : span.shortPage;
  const pieces = page?.hull === undefined ? halvesOf(span, page) : piecesAround(span, page);
  if (pieces !== undefined) return { ...state, spans: [...first, ...pieces, ...rest] };
  // What the rest turns out to be like may tell: a crowd is judged last.
  if (first.length > 0 || (rest.length > 0 && span.isDeferred !== true)) {
    return { ...state, spans: [...first, ...rest, { ...begunAgain(span), isDeferred: true }] };
  }
  return judgeCrowd(state, span);
}

/** Half of the rows that are known, where no cursor has led anywhere yet. */
function smallerSize(traits: ListTraits, { lastRows = 0, size }: WalkSpan): number | undefined {
  const isSettled = traits.triedSmaller === true || traits.leads !== undefined || size !== undefined;
  return isSettled || lastRows < 2 ? undefined : Math.floor(lastRows / 2);
}

/**
 * Cursors led up to a page without one, which says all the same that more follow: some say so of every page that is as
 * long as it may be. In pages of another size the last one is shorter.
 */
function anotherSize({ advanced, lastHadCursor, lastRows = 0, size }: WalkSpan): number | undefined {
  return advanced && lastHadCursor === false && size === undefined && lastRows > 1 ? lastRows - 1 : undefined;
}

/** Rows too close together to be told apart by cutting, and no cursor that leads on: are these all? */
function judgeCrowd(state: WalkState, span: WalkSpan): WalkState {
  const { traits } = state;
  const { lastRows: rows = 0, size: asked = traits.size } = span;
  const more = saysMore(traits, toldLast(span));
  if (more !== true && rows < BASE_SIZE) {
    const { cutRows = Number.POSITIVE_INFINITY } = traits;
    if (rows < cutRows && !differsFromNothing(traits, span.lastHasMore)) {
      return proceed(state, span, { kind: 'end' });
    }
  } else if (more !== true && rows < asked) {
    return proceed(state, span, { kind: 'exactly' });
  } else if (more === false) {
    return proceed(state, span, { kind: 'end' });
  }
  return proceed(state, span, { kind: 'give-up', reason: 'too_dense' });
}
