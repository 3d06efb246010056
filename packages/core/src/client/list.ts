import type { PageSuccess } from '../contract/paging.ts';
import { FacePassIncompleteError } from '../errors.ts';
import type { ListTraits } from '../walk/list-traits.ts';
import { type PageRequest, type ReadRow, type WalkOutcome, type WalkStep, walk } from '../walk/walk.ts';
import { beginWalk, type WalkRange, type WalkState } from '../walk/walk-state.ts';
import type { CallOptions } from './settings.ts';
import type { SilenceMemory } from './silent-page.ts';
import type { PartOptions } from './transport.ts';

/** Options of a list: those of each of its calls, and how it is read. */
export interface ListOptions extends CallOptions {
  /** Records wanted on a page. Default: found out, from 10 up to what FacePass gives at once. */
  readonly size?: number | undefined;
  /** A `nextCursor` from before: the list goes on behind it. */
  readonly cursor?: string | undefined;
  /** The state of an earlier page of the same list: it goes on from there. */
  readonly state?: WalkState | undefined;
}

/** All records of a list, each once, page after page as they are asked for. */
export interface FacePassList<Item> extends AsyncIterable<Item> {
  /** The pages behind the records, with what could not be read and a state to go on from. */
  pages(): AsyncIterable<WalkStep<Item>>;
  /** Collects at most `limit` records. */
  toArray(options: { limit: number }): Promise<Item[]>;
}

/** What is known of a list's server, kept by the client from one list to the next. */
export interface TraitsMemory extends SilenceMemory {
  traits: ListTraits;
}

export interface ListSource<Item> {
  readonly endpoint: { readonly method: string; readonly path: string };
  readonly memory: TraitsMemory;
  readonly range?: WalkRange | undefined;
  fetchPage(request: PageRequest, options: PartOptions): Promise<PageSuccess>;
  readRow(row: unknown): ReadRow<Item>;
  /** Told which fields could not be read, one per row; an empty list on a good page. */
  onQuarantined(paths: readonly string[]): void;
}

/**
 * A list to iterate. It ends normally only when everything was read.
 *
 * @throws FacePassIncompleteError when it could not be read to its end.
 */
export function createList<Item>(source: ListSource<Item>, options: ListOptions = {}): FacePassList<Item> {
  const { size, cursor, state, ...callOptions } = options;

  async function* pages(): AsyncGenerator<WalkStep<Item>> {
    const { memory } = source;
    const traits = size === undefined ? memory.traits : { ...memory.traits, size, growing: false };
    const steps = walk<Item>({
      fetchPage: (request) => source.fetchPage(request, { ...callOptions, isTentative: request.isTentative }),
      readRow: (row) => source.readRow(row),
      state: state ?? beginWalk(source.range, traits, cursor),
    });
    // By hand, since the outcome is what the walk returns: it may end after its last page, on something refused.
    for (;;) {
      const next = await steps.next();
      if (next.done) return throwUnlessComplete(next.value, source.endpoint);
      const step = next.value;
      // A size that one caller asked for is not the next one's wish.
      const { size: learntSize, growing } = size === undefined ? step.state.traits : memory.traits;
      memory.traits = { ...step.state.traits, size: learntSize, growing };
      source.onQuarantined(step.quarantined.map(({ path }) => path));
      yield step;
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

function throwUnlessComplete(
  { complete, unread }: WalkOutcome,
  { method, path }: { readonly method: string; readonly path: string },
): void {
  if (!complete) throw new FacePassIncompleteError(unread, { endpoint: `${method} ${path}` });
}
