import type { Personality } from '../world/personality.ts';
import type { JsonObject } from '../world/records.ts';
import { firstIndex } from '../world/timeline.ts';
import { errorCodes, RequestFault } from './failures.ts';
import { optionalField } from './wire-form.ts';

/** The guide's default page size. */
const defaultPageSize = 10;

export interface PageRequest {
  readonly size?: number | null | undefined;
  readonly nextCursor?: string | null | undefined;
}

/** How a list finds the place a cursor stands for. */
export interface CursorOrder<T> {
  readonly idOf: (item: T) => string;
  /** What a cursor names, whether or not it is on the list; undefined where no record ever had that id. */
  readonly anchorOf: (id: string) => T | undefined;
  /** The order of the list. */
  readonly compare: (a: T, b: T) => number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** `hasMore`, `size` and `nextCursor` as this vendor writes them. */
  readonly steering: JsonObject;
}

/**
 * One page of a list, from right after the record that the cursor names, as the guide says.
 *
 * @throws RequestFault for a cursor that names nothing, or a size beyond the largest where that is refused
 */
export function pageOf<T>(
  ordered: readonly T[],
  request: PageRequest,
  order: CursorOrder<T>,
  personality: Personality,
): Page<T> {
  const size = pageSizeOf(request.size, personality);
  const from = startOf(ordered, request.nextCursor, order);
  const items = ordered.slice(from, from + size);
  const more = from + items.length < ordered.length;
  return {
    items,
    steering: {
      hasMore: hasMoreOf(more, personality),
      size: sizeOf(size, items.length, personality),
      ...nextCursorOf(items.map(order.idOf).at(-1), more, request.nextCursor, personality),
    },
  };
}

function pageSizeOf(asked: number | null | undefined, personality: Personality): number {
  const size = asked ?? defaultPageSize;
  const { maxPageSize, overMaxPageSize } = personality;
  if (size > maxPageSize && overMaxPageSize === 'reject') {
    throw new RequestFault(400, errorCodes.invalidRequest, `size: expected at most ${maxPageSize}`);
  }
  return Math.min(size, maxPageSize);
}

/** Marks a cursor that was given out beside an empty page: the same place, but text the caller has not seen. */
export const emptyPageMark = '~';

function startOf<T>(
  ordered: readonly T[],
  cursor: string | null | undefined,
  { anchorOf, compare }: CursorOrder<T>,
): number {
  const [id = ''] = (cursor ?? '').split(emptyPageMark);
  if (id === '') return 0;
  const anchor = anchorOf(id);
  if (anchor === undefined) {
    throw new RequestFault(400, errorCodes.invalidRequest, 'nextCursor: expected the id of a record');
  }
  return firstIndex(ordered, (item) => compare(anchor, item) < 0);
}

function hasMoreOf(more: boolean, { hasMore }: Personality): boolean {
  if (hasMore === 'more-follow') return more;
  if (hasMore === 'last-page') return !more;
  return hasMore === 'always-true';
}

function sizeOf(asked: number, count: number, { size }: Personality): number {
  if (size === 'requested') return asked;
  return size === 'count' ? count : defaultPageSize;
}

function nextCursorOf(
  lastId: string | undefined,
  more: boolean,
  asked: string | null | undefined,
  personality: Personality,
): JsonObject {
  const cursors: Record<Personality['nextCursor'], string | undefined> = {
    'while-more': more ? lastId : undefined,
    always: lastId,
    sticky: lastId ?? asked ?? undefined,
    echo: lastId === undefined ? undefined : (asked ?? lastId),
  };
  const cursor = cursors[personality.nextCursor];
  if (cursor === undefined && personality.noCursor === 'empty') return { nextCursor: '' };
  const absentFields = personality.noCursor === 'null' ? 'null' : 'absent';
  return optionalField({ ...personality, absentFields }, 'nextCursor', cursor);
}
