import { type ListTraits, type Told, unknownTraits } from './list-traits.ts';
import type { CutSpan } from './same-again.ts';

/** How the cursor of the next request was come by. */
export type Via =
  /** No cursor: the first page of a span. */
  | 'start'
  /** The `nextCursor` of the page before. */
  | 'next'
  /** The id of the last row before: `nextCursor` led nowhere. */
  | 'last-id'
  /** The id of the last row before, which came without `nextCursor`: is that really the end? */
  | 'end-check'
  /** The id of the last row before, asked beside `nextCursor` to learn what cursors mean. */
  | 'compare';

/** What to do after a page. */
export type Continuation =
  | { readonly kind: 'ask'; readonly cursor: string; readonly via: Via; readonly compareWith?: string }
  | { readonly kind: 'end' }
  /** The same first page, asked for as exactly as many rows as it had. */
  | { readonly kind: 'exactly' }
  | { readonly kind: 'split' }
  | { readonly kind: 'give-up'; readonly reason: UnreadReason };

/** Why a span could not be read to its end. */
export type UnreadReason =
  /** More than a page of rows in one second, and cursors that do not lead through them. */
  | 'too_dense'
  /** Page after page without a row, each pointing to another. */
  | 'empty_pages'
  /** A list without time that cannot be cut, whose cursors do not lead on. */
  | 'cursors_lead_nowhere'
  /** The same rows for one range as for another beside it: cutting by time leads nowhere, and cursors do not either. */
  | 'range_ignored';

/** One piece of the range, and how far it has been read. Times are whole seconds, both ends included. */
export interface WalkSpan {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly cursor?: string;
  readonly via: Via;
  /** Cursors asked for in this span, newest last. */
  readonly asked: readonly string[];
  /** Ids that tell, after a resume, a repeated page from a new one. */
  readonly anchors: readonly string[];
  readonly pagesWithoutNews: number;
  /** Whether a cursor has ever led to a new row here. */
  readonly advanced: boolean;
  /** The `hasMore` and the number of rows of the last page with new rows. */
  readonly lastHasMore?: boolean | undefined;
  readonly lastHadCursor?: boolean;
  readonly lastRows?: number;
  /** While both kinds of cursor are tried: the id to try second, and what the first one led to. */
  readonly comparison?: Comparison | undefined;
  /** Whether an id has led to a new row here where `nextCursor` did not: then the server understands ids. */
  readonly idsLead?: boolean;
  /** The last request was refused: the next one is the same once more, in case that was a moment's weakness. */
  readonly refusedOnce?: boolean;
  /** A request was refused, and it is being found out why. */
  readonly inquiry?: Inquiry | undefined;
  /** Rows to ask for here, whatever is asked for elsewhere. */
  readonly size?: number;
  /** What `hasMore` was when more rows were asked for than there were. */
  readonly saidBefore?: boolean | undefined;
  /** It has waited for the rest to be read, which may tell more of the server. */
  readonly isDeferred?: boolean;
  /** Rows that are known to be here: a page with fewer has more behind it. */
  readonly knownRows?: number;
  /** Read to learn what the server says of nothing. */
  readonly isCalibration?: boolean;
  /** The first page, while it is short enough to be doubted. */
  readonly shortPage?: ShortPage | undefined;
  /** Read once more, to see whether rows that it lacked are still left out. */
  readonly asksAgain?: ShortPage | undefined;
  /** The short page that is checked by reading this span. */
  readonly checks?: ShortPage | undefined;
  /** Rows that `nextCursor` still has to lead to if it leaves nothing out. */
  readonly expected?: readonly string[];
}

/** A page of fewer rows than the guide's ten: all there is, or all that the server gives at once? */
export interface ShortPage extends Told {
  readonly ids: readonly string[];
  /** How it was asked for. */
  readonly asked?: { readonly size: number; readonly range?: WalkRange };
  /** Rows that pieces of it had before it was asked for once more. */
  readonly lacking?: readonly string[] | undefined;
  /** Whole seconds of its first and last row in time, where rows have a time. */
  readonly hull?: WalkRange | undefined;
}

/**
 * Steps of finding out why a first page was refused: one row of the first minute (`mildest`), as it was (`again`),
 * one row of the whole range (`one-row`). Behind a cursor only whether the server answers at all (`alive`).
 */
export type Inquiry = 'mildest' | 'again' | 'one-row' | 'alive';

export interface ViaNext {
  readonly firstNewId?: string | undefined;
  readonly goOn: Continuation;
  /** The `nextCursor` that was asked, and the one that came with its rows. */
  readonly asked?: string | undefined;
  readonly answered?: string | undefined;
}

export interface Comparison {
  readonly lastId: string;
  /** Set once `nextCursor` was tried: the first new id it led to, if any, and where it would go on. */
  readonly viaNext?: ViaNext;
}

/** A span that is given up, and why. */
export interface UnreadSpan {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly reason: UnreadReason;
}

/** Everything a walk needs to go on elsewhere or later: plain JSON. */
export interface WalkState {
  readonly version: 1;
  /** Still to be read; the first one is being read. Empty: the walk is over. */
  readonly spans: readonly WalkSpan[];
  readonly unread: readonly UnreadSpan[];
  readonly traits: ListTraits;
  readonly pages: number;
  /** A span that was cut, to find out whether the server looks at the range at all. */
  readonly cut?: CutSpan;
}

export interface WalkRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The smallest difference FacePass's timestamps can express. */
export const TICK_MS = 1000;

/** The beginning of a walk. `cursor` starts behind a record instead of at the first one. */
export function beginWalk(range?: WalkRange, traits: ListTraits = unknownTraits, cursor?: string): WalkState {
  const whole = range && {
    fromMs: Math.floor(range.fromMs / TICK_MS) * TICK_MS,
    toMs: Math.ceil(range.toMs / TICK_MS) * TICK_MS,
  };
  const span = freshSpan(whole);
  return {
    version: 1,
    spans: [cursor === undefined ? span : { ...span, cursor, via: 'next', asked: [cursor] }],
    unread: [],
    traits,
    pages: 0,
  };
}

export function freshSpan(range: Partial<WalkRange> | undefined): WalkSpan {
  const { fromMs, toMs } = range ?? {};
  return {
    ...(fromMs !== undefined && toMs !== undefined && { fromMs, toMs }),
    via: 'start',
    asked: [],
    anchors: [],
    pagesWithoutNews: 0,
    advanced: false,
  };
}

/** Reads the first span from its beginning again. */
export function restart(state: WalkState, span: WalkSpan): WalkState {
  return { ...state, spans: [begunAgain(span), ...state.spans.slice(1)] };
}

/** A span as it was before its first request. */
export function begunAgain(span: WalkSpan): WalkSpan {
  const { fromMs, toMs, size, knownRows, isCalibration, isDeferred, asksAgain, checks } = span;
  return {
    ...freshSpan(fromMs !== undefined && toMs !== undefined ? { fromMs, toMs } : undefined),
    ...(isDeferred !== undefined && { isDeferred }),
    ...(size !== undefined && { size }),
    ...(knownRows !== undefined && { knownRows }),
    ...(isCalibration !== undefined && { isCalibration }),
    ...(asksAgain !== undefined && { asksAgain }),
    ...(checks !== undefined && { checks }),
  };
}

/** A span from its beginning, in pages of another size. */
export function inPagesOf(size: number | undefined, span: WalkSpan, knownRows?: number): WalkSpan {
  const { size: _size, knownRows: _known, ...rest } = begunAgain(span);
  return { ...rest, ...(size !== undefined && { size }), ...(knownRows !== undefined && { knownRows }) };
}

/** The two halves of a span, or nothing when it is a single tick or has no time; `page` is checked by them. */
export function halvesOf({ fromMs, toMs }: WalkSpan, page?: ShortPage): [WalkSpan, WalkSpan] | undefined {
  if (fromMs === undefined || toMs === undefined || toMs - fromMs < TICK_MS) return undefined;
  const middle = Math.floor((fromMs + toMs) / 2 / TICK_MS) * TICK_MS;
  const checks = page && { checks: page };
  return [
    { ...freshSpan({ fromMs, toMs: middle }), ...checks },
    { ...freshSpan({ fromMs: middle + TICK_MS, toMs }), ...checks },
  ];
}
