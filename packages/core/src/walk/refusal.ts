import {
  FacePassApiError,
  FacePassHttpError,
  FacePassProtocolError,
  FacePassTimeoutError,
} from '../errors.ts';
import { compare, judge, proceed } from './advance.ts';
import { endUnlessCutShort, type PageSeen } from './continuation.ts';
import { BASE_SIZE } from './list-traits.ts';
import { freshSpan, type WalkSpan, type WalkState } from './walk-state.ts';

/** No plausible limit on ranges is tighter than a minute: what refuses that refuses something else. */
const SURELY_SHORT_MS = 60_000;

const nothing: PageSeen = {
  rows: 0,
  ids: [],
  newIds: [],
  lastId: undefined,
  nextCursor: undefined,
  hasMore: undefined,
};

/**
 * The state after a request that FacePass refused or could not answer: a smaller page, a shorter range, another
 * cursor. Nothing when there is no milder way to ask: then the error stands.
 */
export function afterFailure(state: WalkState, error: unknown): WalkState | undefined {
  const span = state.spans[0];
  if (span === undefined) return undefined;
  if (isOverload(error)) return state.traits.size > BASE_SIZE ? shrink(state, span) : undefined;
  if (!isRefusal(error)) return undefined;
  switch (span.via) {
    case 'start':
      return state.traits.size > BASE_SIZE ? backToBase(state) : tryShorter(state, span);
    case 'end-check': {
      const page = { rows: span.lastRows ?? 0, hasMore: span.lastHasMore };
      return proceed(state, span, endUnlessCutShort(state.traits, span, page));
    }
    case 'compare':
      return span.comparison && judge(state, span, span.comparison, nothing);
    case 'next':
      if (span.comparison !== undefined) {
        const viaNext = { goOn: { kind: 'end' } } as const;
        return compare(state, span, { lastId: span.comparison.lastId, viaNext });
      }
      // A cursor after an empty first page led nowhere: there was nothing to lead to.
      return proceed(state, span, { kind: span.lastRows === undefined ? 'end' : 'split' });
    case 'last-id':
      return proceed(state, span, { kind: 'split' });
  }
}

/** Asks for half as many rows from the span's beginning: some cursors mean another place at another size. */
function shrink(state: WalkState, span: WalkSpan): WalkState {
  const size = Math.max(BASE_SIZE, Math.floor(state.traits.size / 2));
  const { fromMs, toMs } = span;
  const range = fromMs !== undefined && toMs !== undefined ? { fromMs, toMs } : undefined;
  return {
    ...state,
    traits: { ...state.traits, size, growing: false },
    spans: [freshSpan(range), ...state.spans.slice(1)],
  };
}

/** Was it the size? The same is asked for with the size that every server must know; from there it may grow again. */
function backToBase(state: WalkState): WalkState {
  const sizeLimit = Math.max(BASE_SIZE, Math.floor(state.traits.size / 2));
  return { ...state, traits: { ...state.traits, size: BASE_SIZE, growing: true, sizeLimit } };
}

/** It was not the size: was it the range? Its first minute is asked for alone, which settles it. */
function tryShorter(state: WalkState, { fromMs, toMs }: WalkSpan): WalkState | undefined {
  if (fromMs === undefined || toMs === undefined || toMs - fromMs <= SURELY_SHORT_MS) return undefined;
  const { sizeLimit: _, ...traits } = state.traits;
  const short = { ...freshSpan({ fromMs, toMs: fromMs + SURELY_SHORT_MS }), standsFor: { fromMs, toMs } };
  return { ...state, traits, spans: [short, ...state.spans.slice(1)] };
}

/** The request itself was not to FacePass's liking. */
function isRefusal(error: unknown): boolean {
  if (error instanceof FacePassApiError) return true;
  return error instanceof FacePassHttpError && [400, 413, 414, 422].includes(error.status);
}

/** FacePass could not cope with what was asked, even after retries. */
function isOverload(error: unknown): boolean {
  if (error instanceof FacePassTimeoutError) return true;
  if (error instanceof FacePassHttpError) return error.status >= 500;
  return error instanceof FacePassProtocolError && error.problem !== 'wrong_shape';
}
