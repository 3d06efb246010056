import { type PageSeen, toldBy, toldLast } from './continuation.ts';
import { BASE_SIZE, isFull, type ListTraits, learnTold, measured, saysMore } from './list-traits.ts';
import {
  begunAgain,
  freshSpan,
  type ShortPage,
  TICK_MS,
  type Via,
  type WalkSpan,
  type WalkState,
} from './walk-state.ts';

/**
 * A page behind which no cursor has led may be all there is, or all that the server gives at once. What it says of
 * itself is compared with what the server says of nothing; what is left in doubt is read again in pieces.
 */

/** Nothing can have happened then: no door asked FacePass anything. Two seconds of a Saturday. */
export const NOTHING_HAPPENED = { fromMs: Date.UTC(2000, 0, 1), toMs: Date.UTC(2000, 0, 1) + TICK_MS };

/** A span in which there is surely nothing, to learn how the server says so. */
export const nothingSpan: WalkSpan = { ...freshSpan(NOTHING_HAPPENED), isCalibration: true };

/** Whether the last page with rows may leave some out: it is as long as pages get, and no cursor has led beyond it. */
export function mayBeCutShort(traits: ListTraits, span: WalkSpan): boolean {
  const { lastRows: rows = 0, size: asked = traits.size } = span;
  if (span.advanced || vouchesFor(traits, span.via) || !isFull(traits, asked, rows)) return false;
  if (rows >= BASE_SIZE || rows >= asked) return true;
  // A list that cannot be cut by time is taken to give the guide's ten rows at once.
  return span.fromMs !== undefined || saysMore(traits, toldLast(span)) === true;
}

/** Whether cursors of the kind that was asked with have led to new rows of this list. */
function vouchesFor({ leads }: ListTraits, via: Via): boolean {
  if (via === 'next') return leads?.next === true;
  return (via === 'last-id' || via === 'end-check') && leads?.id === true;
}

export function differsFromNothing({ nothing }: ListTraits, hasMore: boolean | undefined): boolean {
  return nothing?.hasMore !== undefined && hasMore !== undefined && nothing.hasMore !== hasMore;
}

/** A first page that may have to be doubted, as it is remembered. */
export function shortPageOf(span: WalkSpan, page: PageSeen, size: number): ShortPage | undefined {
  const { newIds: ids, times = [] } = page;
  const { fromMs, toMs } = span;
  const asked = { size, ...(fromMs !== undefined && toMs !== undefined && { range: { fromMs, toMs } }) };
  if (ids.length === 0 || ids.length >= BASE_SIZE) return undefined;
  const tickOf = (ms: number) => Math.floor(ms / TICK_MS) * TICK_MS;
  const hull = times.length > 0 && { fromMs: tickOf(Math.min(...times)), toMs: tickOf(Math.max(...times)) };
  return { ids: [...ids], asked, ...toldBy(page), ...(hull && { hull }) };
}

/** Each piece is asked for with a tick more on either side: rows so close together cannot be told apart by cutting. */
const CROWD_MS = 2 * TICK_MS;

/**
 * The pieces by which a short page is checked: around its rows, or between them, so that each holds fewer than the
 * page did. Nothing when its rows lie too close together.
 */
export function piecesAround(span: WalkSpan, page: ShortPage): WalkSpan[] | undefined {
  const { fromMs, toMs } = span;
  if (fromMs === undefined || toMs === undefined || page.hull === undefined) return undefined;
  const hull = page.hull;
  const isCrowd = hull.toMs - hull.fromMs <= CROWD_MS;
  const middle = hull.fromMs + Math.floor((hull.toMs - hull.fromMs) / 2 / TICK_MS) * TICK_MS;
  const cuts = isCrowd
    ? [hull.fromMs - 2 * TICK_MS, hull.toMs + TICK_MS].filter((ms) => ms >= fromMs && ms < toMs)
    : [middle];
  if (cuts.length === 0 || cuts.some((ms) => ms < fromMs || ms >= toMs)) return undefined;
  const bounds = [fromMs - TICK_MS, ...cuts, toMs];
  return cuts.concat(toMs).map((endMs, index) => ({
    ...freshSpan({ fromMs: (bounds[index] ?? 0) + TICK_MS, toMs: endMs }),
    checks: page,
  }));
}

/**
 * What reading a piece says of the short page that is being checked. A row that the page left out may have been written
 * since, or have moved: the page is asked for once more, and then the piece. Only a row that is there before and after
 * convicts a page that lacks it in between. Nothing when the piece is to be gone on with.
 */
export function afterDoubt(state: WalkState, newIds: readonly string[]): WalkState | undefined {
  const [span, ...rest] = state.spans;
  const page = span?.checks;
  if (span === undefined || page === undefined) return undefined;
  const lacking = newIds.filter((id) => !page.ids.includes(id));
  if (lacking.length === 0 || isConvicted(page, lacking) || page.asked?.range === undefined) return undefined;
  const again: WalkSpan = { ...freshSpan(page.asked.range), asksAgain: { ...page, lacking } };
  return { ...state, spans: [again, begunAgain(span), ...rest], pages: state.pages + 1 };
}

/** The state after the short page was asked for once more: its pieces are compared with what it holds by now. */
export function afterAskedAgain(state: WalkState, page: PageSeen): WalkState | undefined {
  const [span, ...rest] = state.spans;
  const before = span?.asksAgain;
  const isAnswer = span?.inquiry === undefined || span.inquiry === 'again';
  if (span === undefined || before === undefined || !isAnswer) return undefined;
  const short = shortPageOf(span, page, state.traits.size);
  const checks = short && { ...short, lacking: before.lacking };
  const traits = measured(state.traits, page.rows);
  return { ...state, traits, spans: comparedWith(rest, before, checks), pages: state.pages + 1 };
}

/** It cannot be asked for once more as it was: nothing is held against it. */
export function withoutAskingAgain(state: WalkState, before: ShortPage): WalkState {
  return { ...state, spans: comparedWith(state.spans.slice(1), before, undefined) };
}

function comparedWith(
  spans: readonly WalkSpan[],
  before: ShortPage,
  checks: ShortPage | undefined,
): WalkSpan[] {
  return spans.map((span) => {
    if (!isSameQuestion(span.checks, before)) return span;
    const { checks: _, ...plain } = span;
    return checks === undefined ? plain : { ...plain, checks };
  });
}

function isSameQuestion(one: ShortPage | undefined, other: ShortPage): boolean {
  const [a, b] = [one?.asked?.range, other.asked?.range];
  return a !== undefined && b !== undefined && a.fromMs === b.fromMs && a.toMs === b.toMs;
}

function isConvicted(page: ShortPage, lacking: readonly string[]): boolean {
  return lacking.some((id) => page.lacking?.includes(id));
}

/** What is learnt of a server by a piece that convicts a page. */
export function withConviction(state: WalkState, newIds: readonly string[]): WalkState {
  const page = state.spans[0]?.checks;
  const lacking = newIds.filter((id) => page?.ids.includes(id) === false);
  if (page === undefined || !isConvicted(page, lacking)) return state;
  const rows = page.ids.length;
  const traits = learnTold(state.traits, page, 'middle');
  // A page with as many rows as it was asked for says nothing of what the server gives at most.
  const isCut = rows < (page.asked?.size ?? 0);
  return {
    ...state,
    traits: isCut ? { ...traits, cutRows: Math.min(traits.cutRows ?? rows, rows) } : traits,
    spans: state.spans.map(({ checks: _, ...span }) => span),
  };
}
