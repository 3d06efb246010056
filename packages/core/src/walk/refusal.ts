import {
  FacePassApiError,
  FacePassHttpError,
  FacePassProtocolError,
  FacePassTimeoutError,
} from '../errors.ts';
import { compare, judge, proceed } from './advance.ts';
import { endUnlessCutShort, type PageSeen } from './continuation.ts';
import { afterInquiryRefused } from './inquiry.ts';
import { BASE_SIZE } from './list-traits.ts';
import { restart, type WalkSpan, type WalkState } from './walk-state.ts';

const nothing: PageSeen = {
  rows: 0,
  ids: [],
  newIds: [],
  lastId: undefined,
  nextCursor: undefined,
  hasMore: undefined,
};

/**
 * The state after a request that FacePass refused or could not answer: the same once more, another cursor, a
 * smaller page, a shorter range. Nothing when there is no milder way to ask: then the error stands.
 */
export function afterFailure(state: WalkState, error: unknown): WalkState | undefined {
  const span = state.spans[0];
  if (span === undefined) return undefined;
  if (isOverload(error)) return state.traits.size > BASE_SIZE ? shrink(state, span) : undefined;
  if (!isRefusal(error)) return undefined;
  if (span.via === 'start') return afterInquiryRefused(state, span);
  if (span.refusedOnce !== true)
    return { ...state, spans: [{ ...span, refusedOnce: true }, ...state.spans.slice(1)] };
  return withoutCursor(state, { ...span, refusedOnce: false });
}

/** A cursor was refused twice: it leads nowhere. */
function withoutCursor(state: WalkState, span: WalkSpan): WalkState | undefined {
  switch (span.via) {
    case 'end-check': {
      // A server that has understood ids before refuses something else than the id.
      if (span.idsLead === true) return undefined;
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
    default:
      return proceed(state, span, { kind: 'split' });
  }
}

/** Asks for half as many rows from the span's beginning: some cursors mean another place at another size. */
function shrink(state: WalkState, span: WalkSpan): WalkState {
  const size = Math.max(BASE_SIZE, Math.floor(state.traits.size / 2));
  return restart({ ...state, traits: { ...state.traits, size, growing: false } }, span);
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
