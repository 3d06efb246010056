/**
 * A list's server that can mean anything by cursors, `hasMore`, `size` and bounds that the guide leaves open:
 * each trait is a choice, so that a random test can draw all their combinations.
 */

import { FacePassHttpError, type PageRequest, type ReadRow } from '../../src/client.ts';
import type { PageSuccess } from '../../src/contract.ts';

export interface Row {
  readonly id: string;
  readonly atMs: number;
}

export interface Personality {
  readonly order: 'time' | 'newest' | 'id' | 'shuffled';
  /** What a cursor means to the server. */
  readonly cursor: 'after-id' | 'from-id' | 'offset' | 'page-number' | 'token' | 'ignored';
  /** What it hands out as `nextCursor`. */
  readonly handsOut: 'working' | 'constant' | 'constant-id' | 'nothing';
  /** Whether `nextCursor` still comes when nothing follows. */
  readonly cursorAtEnd: boolean;
  /** What happens with a cursor it does not know. */
  readonly strangeCursor: 'refused' | 'failed' | 'ignored' | 'empty';
  readonly hasMore: 'more' | 'last' | 'always-false' | 'always-true' | 'absent';
  readonly includesFrom: boolean;
  readonly includesTo: boolean;
  /** Most rows on a page, and what happens when more are asked for. */
  readonly largestPage: number;
  readonly beyondLargest: 'capped' | 'refused' | 'failed';
  /** Every page repeats its first row at its end. */
  readonly duplicates: boolean;
  /** Every third page is empty and points on. Only with tokens, where a cursor can say so. */
  readonly emptyPages: boolean;
}

export const plain: Personality = {
  order: 'time',
  cursor: 'after-id',
  handsOut: 'working',
  cursorAtEnd: true,
  strangeCursor: 'refused',
  hasMore: 'more',
  includesFrom: true,
  includesTo: true,
  largestPage: 1000,
  beyondLargest: 'capped',
  duplicates: false,
  emptyPages: false,
};

export interface ModelServer {
  readonly fetchPage: (request: PageRequest) => Promise<PageSuccess>;
  readonly requests: PageRequest[];
}

export function modelServer(rows: readonly Row[], traits: Personality): ModelServer {
  const requests: PageRequest[] = [];
  return {
    requests,
    async fetchPage(request) {
      requests.push(request);
      // As the client's lists do, one tick more than wanted on either side.
      const fromMs = request.fromMs === undefined ? Number.NEGATIVE_INFINITY : request.fromMs - 1000;
      const toMs = request.toMs === undefined ? Number.POSITIVE_INFINITY : request.toMs + 1000;
      const inRange = rows.filter(
        ({ atMs }) =>
          (traits.includesFrom ? atMs >= fromMs : atMs > fromMs) &&
          (traits.includesTo ? atMs <= toMs : atMs < toMs),
      );
      if (request.size > traits.largestPage) refuse(traits.beyondLargest);
      const size = Math.min(request.size, traits.largestPage);
      return pageOf(sorted(inRange, traits.order), request.cursor, size, traits);
    },
  };
}

function pageOf(
  rows: readonly Row[],
  cursor: string | undefined,
  size: number,
  traits: Personality,
): PageSuccess {
  const empty = { items: [], hasMore: undefined, size: 0, nextCursor: undefined };
  let place = { start: 0, blank: false };
  if (cursor !== undefined && traits.cursor !== 'ignored') {
    const found = locate(rows, cursor, size, traits);
    if (found === undefined) {
      refuse(traits.strangeCursor);
      if (traits.strangeCursor === 'empty') return empty;
    } else place = found;
  }
  const page = place.blank ? [] : rows.slice(place.start, place.start + size);
  const end = place.start + page.length;
  const more = end < rows.length;
  const items = traits.duplicates && page[0] !== undefined ? [page[0], ...page] : page;
  return {
    items,
    size: 10,
    hasMore: { more, last: !more, 'always-false': false, 'always-true': true, absent: undefined }[
      traits.hasMore
    ],
    nextCursor: more || traits.cursorAtEnd ? handOut(rows, end, size, place.blank, traits) : undefined,
  };
}

function refuse(how: Personality['strangeCursor'] | Personality['beyondLargest']): void {
  if (how === 'refused') throw new FacePassHttpError({ status: 400 });
  if (how === 'failed') throw new FacePassHttpError({ status: 500 });
}

function handOut(
  rows: readonly Row[],
  end: number,
  size: number,
  blank: boolean,
  traits: Personality,
): string | undefined {
  if (traits.handsOut === 'nothing') return undefined;
  if (traits.handsOut === 'constant') return '100000';
  // The guide's own sample, where it is a record's id as well.
  if (traits.handsOut === 'constant-id') return '100';
  switch (traits.cursor) {
    case 'offset':
      return String(end);
    case 'page-number':
      return String(Math.ceil(end / size));
    case 'token':
      return traits.emptyPages && !blank && (end / size) % 3 === 1 ? `token:${end}:blank` : `token:${end}`;
    default:
      return rows[end - 1]?.id;
  }
}

function locate(
  rows: readonly Row[],
  cursor: string,
  size: number,
  traits: Personality,
): { start: number; blank: boolean } | undefined {
  switch (traits.cursor) {
    case 'offset':
      return /^\d+$/.test(cursor) ? { start: Number(cursor), blank: false } : undefined;
    case 'page-number':
      return /^\d+$/.test(cursor) ? { start: Number(cursor) * size, blank: false } : undefined;
    case 'token': {
      const match = /^token:(\d+)(:blank)?$/.exec(cursor);
      return match === null ? undefined : { start: Number(match[1]), blank: match[2] !== undefined };
    }
    default: {
      const index = rows.findIndex(({ id }) => id === cursor);
      if (index < 0) return undefined;
      return { start: traits.cursor === 'after-id' ? index + 1 : index, blank: false };
    }
  }
}

function sorted(rows: readonly Row[], order: Personality['order']): Row[] {
  const mixed = ({ id }: Row) => (Number(id) * 7919) % 104729;
  return rows.toSorted((a, b) => {
    if (order === 'id') return Number(a.id) - Number(b.id);
    if (order === 'shuffled') return mixed(a) - mixed(b);
    return (order === 'time' ? 1 : -1) * (a.atMs - b.atMs || Number(a.id) - Number(b.id));
  });
}

export function readRow(row: unknown): ReadRow<Row> {
  // Rows of this file's own making.
  const read = row as Row;
  return { id: read.id, item: read };
}
