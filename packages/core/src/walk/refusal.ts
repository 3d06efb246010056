import {
  FacePassApiError,
  FacePassHttpError,
  FacePassProtocolError,
  FacePassTimeoutError,
} from '../errors.ts';
import { compare, judge, proceed } from './advance.ts';
import { withoutCalibration } from './calibration.ts';
import { type PageSeen, withNothingBehind } from './continuation.ts';
import { afterInquiryRefused, askAgain, inquire } from './inquiry.ts';
import { BASE_SIZE, isFull } from './list-traits.ts';
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
  if (span === undefined || span.inquiry === 'alive') return undefined;
  if (span.isCalibration === true && isNoAnswer(error)) {
    return span.refusedOnce === true ? withoutCalibration(state) : askAgain(state, span);
  }
  const failed = isFailure(error);
  if (!failed && !isRefusal(error)) return undefined;
  if (span.via === 'start') return afterInquiryRefused(state, span);
  if (isTooMuch(error) && state.traits.size > BASE_SIZE) return shrink(state, span);
  // A server that fails on everything says nothing of the cursor.
  if (span.refusedOnce !== true) return failed ? inquire(state, span, 'alive') : askAgain(state, span);
  // A server that has understood ids before refuses something else than the id.
  return span.via === 'end-check' && span.idsLead === true ? undefined : withoutCursor(state, span);
}

/** A cursor was refused twice, or failed on twice by a server that answers otherwise: it leads nowhere. */
function withoutCursor(state: WalkState, refused: WalkSpan): WalkState {
  const { refusedOnce: _, ...span } = refused;
  switch (span.via) {
    case 'end-check':
      return proceed(state, span, withNothingBehind(state.traits, span));
    case 'compare':
      if (span.comparison !== undefined) return judge(state, span, span.comparison, nothing);
      return proceed(state, span, { kind: 'split' });
    case 'next':
      if (span.comparison !== undefined) {
        const viaNext = { goOn: { kind: 'end' } } as const;
        return compare(state, span, { lastId: span.comparison.lastId, viaNext });
      }
      return proceed(state, span, { kind: isShortEnd(state, span) ? 'end' : 'split' });
    default:
      return proceed(state, span, { kind: 'split' });
  }
}

/** Nothing follows an empty first page, nor, where its cursors led on before, a page shorter than pages get. */
function isShortEnd({ traits }: WalkState, span: WalkSpan): boolean {
  const { lastRows, advanced, size = traits.size } = span;
  return lastRows === undefined || (advanced && !isFull(traits, size, lastRows));
}

/** Asks for half as many rows from the span's beginning: some cursors mean another place at another size. */
function shrink(state: WalkState, span: WalkSpan): WalkState {
  const size = Math.max(BASE_SIZE, Math.floor(state.traits.size / 2));
  return restart({ ...state, traits: { ...state.traits, size, growing: false } }, span);
}

/** The request itself was not to FacePass's liking. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof FacePassApiError) return true;
  return error instanceof FacePassHttpError && [400, 413, 414, 422].includes(error.status);
}

/** What was asked only to learn from it need not be answered; whether FacePass is down, the next request tells. */
function isNoAnswer(error: unknown): boolean {
  if (error instanceof FacePassHttpError) return error.status !== 429;
  return isFailure(error) || isRefusal(error) || error instanceof FacePassProtocolError;
}

/** The page took too long, or grew too large. */
function isTooMuch(error: unknown): boolean {
  if (error instanceof FacePassProtocolError) return error.problem === 'too_large';
  return error instanceof FacePassTimeoutError;
}

/** FacePass could not cope with what was asked, even after retries. */
function isFailure(error: unknown): boolean {
  if (error instanceof FacePassTimeoutError) return true;
  if (error instanceof FacePassHttpError) return error.status >= 500 && error.status !== 501;
  return error instanceof FacePassProtocolError && error.problem !== 'wrong_shape';
}
