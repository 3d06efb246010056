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
  readonly hasMoreSeen: {
    readonly middle: { readonly true: number; readonly false: number };
    readonly last: { readonly true: number; readonly false: number };
  };
  /** Rows to ask for. */
  readonly size: number;
  /** Whether a larger size may still be tried. */
  readonly growing: boolean;
  /** No size above it is tried: a larger one was refused. */
  readonly sizeLimit?: number;
  /** No range as long as this is asked for: one was refused for its length. */
  readonly refusedRangeMs?: number;
  /** Rows on the longest page seen: a server may give fewer than it is asked for. */
  readonly longestPage: number;
}

/** The guide's default page size. */
export const BASE_SIZE = 10;
/** About what one commit of a mirror holds, some 300 KB of JSON. */
const MAX_SIZE = 1000;
/** Steps of the search for a good size: 10, 100, 1,000. */
const GROWTH = 10;

export const unknownTraits: ListTraits = {
  cursorForm: 'unknown',
  hasMoreSeen: { middle: { true: 0, false: 0 }, last: { true: 0, false: 0 } },
  size: BASE_SIZE,
  growing: true,
  longestPage: 0,
};

/**
 * Whether `hasMore` says that more follows, as far as that is known: it is once middle and last pages have been
 * seen, and it told them apart every time. A constant says nothing, however often it was seen.
 */
export function saysMore(traits: ListTraits, hasMore: boolean | undefined): boolean | undefined {
  if (hasMore === undefined) return undefined;
  const { middle, last } = traits.hasMoreSeen;
  if (middle.true > 0 && last.false > 0 && middle.false === 0 && last.true === 0) return hasMore;
  if (middle.false > 0 && last.true > 0 && middle.true === 0 && last.false === 0) return !hasMore;
  return undefined;
}

/** Counts a page that proved to be followed by more (`middle`), or to be the last. */
export function learnHasMore(
  traits: ListTraits,
  hasMore: boolean | undefined,
  proven: 'middle' | 'last',
): ListTraits {
  if (hasMore === undefined) return traits;
  const seen = traits.hasMoreSeen;
  const counts = seen[proven];
  const counted = hasMore ? { ...counts, true: counts.true + 1 } : { ...counts, false: counts.false + 1 };
  return { ...traits, hasMoreSeen: { ...seen, [proven]: counted } };
}

/**
 * Whether a page holds as many rows as the server may give at once: as many as asked for, or as many as it ever
 * gave, ten at least. A page that is as long only by chance costs a few requests to find out. A server that gives
 * fewer than ten at once is taken to understand its own cursors: nothing could be told by such pages.
 */
export function isFull({ size, longestPage }: ListTraits, rows: number): boolean {
  return rows >= Math.max(BASE_SIZE, Math.min(size, longestPage));
}

/** The next larger size worth trying, if there is one. */
export function largerSize({ size, sizeLimit = MAX_SIZE, growing }: ListTraits): number | undefined {
  const larger = Math.min(size * GROWTH, sizeLimit, MAX_SIZE);
  return growing && larger > size ? larger : undefined;
}
