import type { PageSeen } from './continuation.ts';
import { BASE_SIZE } from './list-traits.ts';
import { TICK_MS, type WalkRange, type WalkSpan, type WalkState } from './walk-state.ts';

/** Ranges are asked for with a tick more on either side: what lies closer together shares rows. */
const APART_MS = 3 * TICK_MS;

/** A span that is about to be cut, by the rows of its first page, to be compared with what others hold. */
export interface CutSpan extends WalkRange {
  readonly ids: readonly string[];
}

/** Remembers a span that is cut, or cannot be: the narrowest of the first ones, which others lie beside. */
export function rememberCut(state: WalkState, { fromMs, toMs, anchors }: WalkSpan): WalkState {
  if (fromMs === undefined || toMs === undefined || anchors.length < BASE_SIZE) return state;
  const { cut } = state;
  const isWithin = cut === undefined || (fromMs >= cut.fromMs && toMs <= cut.toMs);
  return isWithin ? { ...state, cut: { fromMs, toMs, ids: anchors } } : state;
}

/**
 * The end of a walk whose server gives the same rows for a range as for one beside it: it does not look at the range, and
 * cutting it leads nowhere. Nothing where it does look.
 */
export function afterSameAgain(state: WalkState, page: PageSeen): WalkState | undefined {
  const [span] = state.spans;
  const { cut } = state;
  if (span?.fromMs === undefined || span.toMs === undefined || span.via !== 'start' || cut === undefined)
    return undefined;
  const isApart = span.fromMs - cut.toMs >= APART_MS || cut.fromMs - span.toMs >= APART_MS;
  const again = isApart ? cut.ids.filter((id) => page.ids.includes(id)).length : 0;
  if (again * 2 <= cut.ids.length) return undefined;
  const left = state.spans.filter(({ isCalibration }) => isCalibration !== true);
  const fromMs = Math.min(cut.fromMs, ...left.map((one) => one.fromMs ?? cut.fromMs));
  const toMs = Math.max(cut.toMs, ...left.map((one) => one.toMs ?? cut.toMs));
  return { ...state, spans: [], unread: [...state.unread, { fromMs, toMs, reason: 'range_ignored' }] };
}
