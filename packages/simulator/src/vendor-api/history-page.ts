import { bySequence, byTime, type TimedRecord, type Timeline } from '../world/timeline.ts';
import type { Call } from './endpoint.ts';
import { errorCodes, RequestFault } from './failures.ts';
import { type Page, type PageRequest, pageOf } from './paging.ts';

export interface HistoryQuery extends PageRequest {
  readonly startTs: number;
  readonly endTs: number;
}

interface Remembered {
  readonly revision: number;
  readonly ordered: readonly TimedRecord[];
}

/** A walk asks for page after page of the same list; a few walks may run beside each other. */
const rememberedLists = 8;

const remembered = new WeakMap<object, Map<string, Remembered>>();

/**
 * One page of a history.
 *
 * @param filter the query's filters as plain data, which name the list while nothing is written
 * @throws RequestFault for a range that is reversed or longer than this vendor allows
 */
export function historyPage<T extends TimedRecord>(
  call: Call,
  timeline: Timeline<T>,
  query: HistoryQuery,
  filter: Readonly<Record<string, unknown>>,
  matches: (record: T) => boolean,
): Page<T> {
  const { personality } = call.merchant;
  checkRange(query, personality.maxRangeSeconds);
  const inOrder = personality.orderBy === 'id' ? bySequence : byTime;
  const compare: typeof inOrder =
    personality.pageOrder === 'oldest-first' ? inOrder : (a, b) => -inOrder(a, b);
  const key = JSON.stringify([query.startTs, query.endTs, filter, personality]);
  const ordered = rememberList(timeline, key, () =>
    timeline
      .between(
        query.startTs,
        query.endTs,
        personality.startBound === 'inclusive',
        personality.endBound === 'inclusive',
      )
      .filter(matches)
      .sort(compare),
  );
  return pageOf(
    ordered,
    query,
    { idOf: ({ id }) => id, anchorOf: (id) => timeline.get(id) ?? strangerAt(id), compare },
    personality,
  );

  /** The guide's samples walk on from "100" where no record has that id: numbers have a place anyway. */
  function strangerAt(id: string): T | undefined {
    if (personality.orderBy !== 'id' || personality.idForm !== 'sequence' || !/^\d{1,15}$/.test(id))
      return undefined;
    // Only its place in the order is ever looked at.
    return { id, sequence: Number(id), atMs: 0 } as T;
  }
}

function checkRange({ startTs, endTs }: HistoryQuery, maxRangeSeconds: number | null): void {
  if (endTs < startTs) {
    throw new RequestFault(400, errorCodes.invalidRequest, 'endTs: expected a time not before startTs');
  }
  if (maxRangeSeconds !== null && endTs - startTs > maxRangeSeconds * 1000) {
    const limit = `at most ${maxRangeSeconds} seconds after startTs`;
    throw new RequestFault(400, errorCodes.invalidRequest, `endTs: expected ${limit}`);
  }
}

function rememberList<T extends TimedRecord>(
  timeline: Timeline<T>,
  key: string,
  make: () => readonly T[],
): readonly T[] {
  const lists = remembered.get(timeline) ?? new Map<string, Remembered>();
  remembered.set(timeline, lists);
  const known = lists.get(key);
  // The map belongs to this timeline, so its lists hold this timeline's records.
  if (known?.revision === timeline.revision) return known.ordered as readonly T[];
  const ordered = make();
  lists.delete(key);
  lists.set(key, { revision: timeline.revision, ordered });
  const [oldest] = lists.keys();
  if (lists.size > rememberedLists && oldest !== undefined) lists.delete(oldest);
  return ordered;
}
