import { type PageSeen, toldBy } from './continuation.ts';
import { learnTold, type Nothing } from './list-traits.ts';
import type { WalkSpan, WalkState } from './walk-state.ts';

/** There is no reason to lead on where nothing is; a server that does so more often will do so for ever. */
const MAX_PAGES_OF_NOTHING = 5;

/** The state after a page of a span in which there is surely nothing; nothing when it is another one. */
export function afterCalibration(state: WalkState, page: PageSeen): WalkState | undefined {
  const span = state.spans[0];
  if (span?.isCalibration !== true) return undefined;
  if (page.rows > 0) return withNothing(state, { cursors: 'unknown' });
  const { nextCursor, hasMore } = page;
  // The first page alone is like the last page of any span: what follows it was asked for with a cursor.
  const traits = span.via === 'start' ? learnTold(state.traits, toldBy(page), 'last') : state.traits;
  const learnt = { ...state, traits };
  if (nextCursor === undefined || span.asked.includes(nextCursor)) {
    return withNothing(learnt, { cursors: 'ending', hasMore });
  }
  const pagesWithoutNews = span.pagesWithoutNews + 1;
  if (pagesWithoutNews > MAX_PAGES_OF_NOTHING) return withNothing(learnt, { cursors: 'endless', hasMore });
  const asked = [...span.asked, nextCursor];
  const next: WalkSpan = { ...span, cursor: nextCursor, via: 'next', asked, pagesWithoutNews };
  return { ...learnt, spans: [next, ...state.spans.slice(1)] };
}

/** FacePass would not answer it: then nothing is learnt. */
export function withoutCalibration(state: WalkState): WalkState {
  return withNothing(state, { cursors: 'unknown' });
}

function withNothing(state: WalkState, nothing: Nothing): WalkState {
  return { ...state, traits: { ...state.traits, nothing }, spans: state.spans.slice(1) };
}
