import { proceed } from './advance.ts';
import { BASE_SIZE, type ListTraits } from './list-traits.ts';
import type { PageRequest } from './walk.ts';
import { type Inquiry, restart, type WalkSpan, type WalkState } from './walk-state.ts';

/** No plausible limit on ranges is tighter than a minute: what refuses that refuses something else. */
const SURELY_SHORT_MS = 60_000;

/** What to ask for next: the span as it is, or as the inquiry into a refusal has it. */
export function requestOf(span: WalkSpan, { size }: ListTraits): PageRequest {
  const { fromMs, toMs, cursor, inquiry } = span;
  const wanted = span.size ?? size;
  const isMildest = inquiry === 'mildest' || inquiry === 'alive';
  const end = isMildest && isLong(span) ? (fromMs ?? 0) + SURELY_SHORT_MS : toMs;
  return {
    ...(fromMs !== undefined && end !== undefined && { fromMs, toMs: end }),
    ...(cursor !== undefined && inquiry !== 'alive' && { cursor }),
    size: isMildest || inquiry === 'one-row' ? 1 : wanted,
    // A server that fails on the mildest request is down, and is waited for there.
    isTentative: !isMildest,
  };
}

/**
 * A first page was refused. Whether for its size, for its range, for something else or for no reason that lasts, is
 * found out in at most three more requests; a request that is wrong in itself costs one.
 */
export function afterInquiryRefused(state: WalkState, span: WalkSpan): WalkState | undefined {
  switch (span.inquiry) {
    case undefined:
      return inquire(state, span, 'mildest');
    case 'mildest':
      return undefined;
    case 'again':
      if (!isLong(span)) return blameSize(state, span);
      return state.traits.size === 1 ? blameRange(state, span) : inquire(state, span, 'one-row');
    case 'one-row':
      return blameRange(state, span);
    case 'alive':
      return undefined;
  }
}

/** A page came while it was being found out. Nothing when the page itself is to be gone on with. */
export function afterInquiryAnswered(state: WalkState, span: WalkSpan): WalkState | undefined {
  if (span.inquiry === 'alive') return askAgain(state, span);
  if (span.inquiry === 'mildest') return inquire(state, span, 'again');
  return span.inquiry === 'one-row' ? blameSize(state, span) : undefined;
}

/** The same request once more: the first refusal may have been a moment's weakness. */
export function askAgain(state: WalkState, { inquiry: _, ...span }: WalkSpan): WalkState {
  return { ...state, spans: [{ ...span, refusedOnce: true }, ...state.spans.slice(1)] };
}

export function inquire(state: WalkState, span: WalkSpan, inquiry: Inquiry): WalkState {
  return { ...state, spans: [{ ...span, inquiry }, ...state.spans.slice(1)] };
}

/**
 * The size is too large: half of it at most is tried, from the guide's own upwards; where even that was refused,
 * downwards.
 */
function blameSize(state: WalkState, span: WalkSpan): WalkState | undefined {
  const { size } = state.traits;
  if (size === 1) return undefined;
  const half = Math.floor(size / 2);
  const milder =
    size > BASE_SIZE
      ? { size: BASE_SIZE, growing: true, sizeLimit: Math.max(BASE_SIZE, half) }
      : { size: half, growing: false };
  return restart({ ...state, traits: { ...state.traits, ...milder } }, span);
}

/**
 * The range is too long: it is halved, and none as long is asked for again. Unless another as long was answered: then it
 * is something in it that is refused, and no other range is to be cut for that.
 */
function blameRange(state: WalkState, span: WalkSpan): WalkState {
  const rangeMs = (span.toMs ?? 0) - (span.fromMs ?? 0);
  const { answeredRangeMs } = state.traits;
  const isTooLong = answeredRangeMs === undefined || rangeMs > answeredRangeMs;
  const traits = isTooLong ? { ...state.traits, refusedRangeMs: rangeMs } : state.traits;
  return proceed({ ...state, traits }, span, { kind: 'split' });
}

function isLong({ fromMs, toMs }: WalkSpan): boolean {
  return fromMs !== undefined && toMs !== undefined && toMs - fromMs > SURELY_SHORT_MS;
}
