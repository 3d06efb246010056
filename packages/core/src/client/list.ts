import type { PageSuccess } from '../contract/paging.ts';

/** One page, rows read; rows that could not be read are counted by position and never stop the list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly quarantined: readonly QuarantinedRow[];
  readonly nextCursor: string | undefined;
  /** As FacePass sent them: the guide contradicts itself about both, so nothing here depends on them. */
  readonly hasMore: boolean | undefined;
  readonly size: number | undefined;
}

/**
 * A row without an id or a readable time: where it was and what was wrong. `content()` gives the row as it
 * came, which may hold personal data; it is a function so that no log or JSON of a page contains it.
 */
export interface QuarantinedRow {
  readonly index: number;
  readonly path: string;
  readonly content: () => unknown;
}

/** All records of a list, page after page, as they are asked for. */
export interface FacePassList<Item> extends AsyncIterable<Item> {
  pages(): AsyncIterable<Page<Item>>;
  /** Collects at most `limit` records. */
  toArray(options: { limit: number }): Promise<Item[]>;
}

export interface ListSource<Item> {
  fetchPage(cursor: string | undefined): Promise<PageSuccess>;
  readRow(row: unknown): { item: Item; id: string } | { path: string };
  readonly cursor?: string | undefined;
}

/** An empty page may hide more behind it; this many in a row do not. */
const MAX_EMPTY_PAGES = 10;

export function createList<Item>(source: ListSource<Item>): FacePassList<Item> {
  async function* pages(): AsyncGenerator<Page<Item>> {
    const seenIds = new Set<string>();
    const seenCursors = new Set<string>();
    let cursor = source.cursor;
    let empty = 0;
    for (;;) {
      const page = await source.fetchPage(cursor);
      const items: Item[] = [];
      const quarantined: QuarantinedRow[] = [];
      let lastId: string | undefined;
      for (const [index, row] of page.items.entries()) {
        const read = source.readRow(row);
        if ('path' in read) {
          quarantined.push({ index, path: read.path, content: () => row });
          continue;
        }
        lastId = read.id;
        if (seenIds.has(read.id)) continue;
        seenIds.add(read.id);
        items.push(read.item);
      }
      const { nextCursor, hasMore, size } = page;
      yield { items, quarantined, nextCursor, hasMore, size };
      empty = items.length === 0 ? empty + 1 : 0;
      if (nextCursor === undefined || empty > MAX_EMPTY_PAGES) return;
      if (!seenCursors.has(nextCursor)) {
        seenCursors.add(nextCursor);
        cursor = nextCursor;
      } else {
        // The same cursor again: it leads on only if the last id does.
        if (items.length === 0 || lastId === undefined || seenCursors.has(lastId)) return;
        seenCursors.add(lastId);
        cursor = lastId;
      }
    }
  }

  async function* items(): AsyncGenerator<Item> {
    for await (const page of pages()) yield* page.items;
  }

  return {
    [Symbol.asyncIterator]: items,
    pages,
    async toArray({ limit }) {
      const collected: Item[] = [];
      if (limit <= 0) return collected;
      for await (const item of items()) {
        collected.push(item);
        if (collected.length >= limit) break;
      }
      return collected;
    },
  };
}
