import type { WalkRange } from './walk-state.ts';

/**
 * What has been learnt about a list's server. The guide contradicts itself about cursors, `hasMore` and
 * `size`, so each is taken for what pages have proven it to be.
 */
export interface ListTraits {
  /**
   * What leads to the next page when `nextCursor` is not simply the last row's id: `nextCursor` all the same
   * (`opaque`), the last row's id (`last-id`), or nothing that can be relied on (`unreliable`): then the range
   * is cut until every piece fits on one page.
   */
  readonly cursorForm: 'unknown' | 'opaque' | 'last-id' | 'unreliable';
  /** Pages proven to be followed by more, and pages proven to be the last, by their `hasMore`. */
  readonly hasMoreSeen: Seen;
  /** The same by whether they had a `nextCursor`. */
  readonly cursorSeen?: Seen;
  /** Rows to ask for. */
  readonly size: number;
  /** Whether a larger size may still be tried. */
  readonly growing: boolean;
  /** No size above it is tried: a larger one was refused. */
  readonly sizeLimit?: number;
  /** No range as long as this is asked for: one was refused for its length. */
  readonly refusedRangeMs?: number;
  /** The longest range that was answered: what is refused of one no longer than that, is not refused for its length. */
  readonly answeredRangeMs?: number;
  /** Rows on the longest page seen: a server may give fewer than it is asked for. */
  readonly longestPage: number;
  /** Kinds of cursor that have led to new rows: `nextCursor`, the last row's id. */
  readonly leads?: { readonly next?: boolean; readonly id?: boolean };
  /** Rows that were known have been asked for in smaller pages, to see cursors lead. */
  readonly triedSmaller?: boolean;
  /** What a stretch of time in which nothing can lie was answered with. */
  readonly nothing?: Nothing;
  /** A page with so many rows has proved to leave some out, though more were asked for, and none was longer since. */
  readonly cutRows?: number;
}

/** How many pages in the middle, and how many at the end, said one thing or the other. */
export interface Seen {
  readonly middle: { readonly true: number; readonly false: number };
  readonly last: { readonly true: number; readonly false: number };
}

/** What a page says of whether more follows. */
export interface Told {
  readonly hasMore: boolean | undefined;
  readonly hasCursor: boolean | undefined;
}

/** How a server says that there is nothing. */
export interface Nothing {
  /** `endless`: cursors that lead from one empty page to the next for ever. `unknown`: it was not to be found out. */
  readonly cursors: 'ending' | 'endless' | 'unknown';
  readonly hasMore?: boolean | undefined;
}

/** The guide's default page size. */
export const BASE_SIZE = 10;
/** About what one commit of a mirror holds, some 300 KB of JSON. */
const MAX_SIZE = 1000;
/** Steps of the search for a good size: 10, 100, 1,000. */
const GROWTH = 10;

const unseen: Seen = { middle: { true: 0, false: 0 }, last: { true: 0, false: 0 } };

export const unknownTraits: ListTraits = {
  cursorForm: 'unknown',
  hasMoreSeen: unseen,
  size: BASE_SIZE,
  growing: true,
  longestPage: 0,
};

/**
 * Whether a page says that more follows, as far as that is known: `hasMore`, or the absence of a `nextCursor`, does
 * once middle and last pages have been seen, and it told them apart every time. A constant says nothing, however often
 * it was seen.
 */
export function saysMore(traits: ListTraits, told: Told): boolean | undefined {
  // A cursor that is there is followed, and what it leads to says more than that it was there.
  const hasCursor = told.hasCursor === true ? undefined : told.hasCursor;
  const said = [meaningOf(traits.hasMoreSeen, told.hasMore), meaningOf(traits.cursorSeen, hasCursor)];
  return said.includes(true) ? true : said.includes(false) ? false : undefined;
}

function meaningOf(seen: Seen | undefined, value: boolean | undefined): boolean | undefined {
  if (seen === undefined || value === undefined) return undefined;
  const { middle, last } = seen;
  if (middle.true > 0 && last.false > 0 && middle.false === 0 && last.true === 0) return value;
  if (middle.false > 0 && last.true > 0 && middle.true === 0 && last.false === 0) return !value;
  return undefined;
}

/** Counts a page that proved to be followed by more (`middle`), or to be the last. */
export function learnTold(traits: ListTraits, told: Told, proven: keyof Seen): ListTraits {
  const { hasMoreSeen, cursorSeen = unseen } = traits;
  return {
    ...traits,
    hasMoreSeen: counted(hasMoreSeen, told.hasMore, proven),
    cursorSeen: counted(cursorSeen, told.hasCursor, proven),
  };
}

/** Counts a page's rows. One that is longer than a server was caught cutting pages to shows that it does not do so. */
export function measured(traits: ListTraits, rows: number): ListTraits {
  const { cutRows, ...plain } = traits;
  const longestPage = Math.max(traits.longestPage, rows);
  return { ...plain, longestPage, ...(cutRows !== undefined && rows <= cutRows && { cutRows }) };
}

/** Takes note of a range that was answered as a whole. */
export function answered(traits: ListTraits, { fromMs, toMs }: Partial<WalkRange>): ListTraits {
  if (fromMs === undefined || toMs === undefined || toMs - fromMs <= (traits.answeredRangeMs ?? 0))
    return traits;
  return { ...traits, answeredRangeMs: toMs - fromMs };
}

function counted(seen: Seen, value: boolean | undefined, proven: keyof Seen): Seen {
  if (value === undefined) return seen;
  const counts = seen[proven];
  const more = value ? { ...counts, true: counts.true + 1 } : { ...counts, false: counts.false + 1 };
  return { ...seen, [proven]: more };
}

/**
 * Whether a page holds as many rows as the server may give at once: as many as it was `asked` for, or as many as it
 * ever gave. A page that is as long only by chance costs a few requests to find out.
 */
export function isFull({ longestPage }: ListTraits, asked: number, rows: number): boolean {
  return rows > 0 && rows >= Math.min(asked, longestPage);
}

/** The next larger size worth trying, if there is one. */
export function largerSize({ size, sizeLimit = MAX_SIZE, growing }: ListTraits): number | undefined {
  const larger = Math.min(size * GROWTH, sizeLimit, MAX_SIZE);
  return growing && larger > size ? larger : undefined;
}
