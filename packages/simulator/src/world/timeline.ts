import { Collection } from './collection.ts';
import type { StateStore } from './state-store.ts';

/** What every record of a history has: its id on the wire, the order in which it was written, and its time. */
export interface TimedRecord {
  readonly id: string;
  readonly sequence: number;
  readonly atMs: number;
}

/** A half-open index range over the records in time order. */
interface Slice {
  readonly from: number;
  readonly to: number;
}

/** Records kept in the order of their time, whatever order they arrive in. */
export class Timeline<T extends TimedRecord> {
  readonly #records: Collection<T>;
  #ordered: T[] | undefined;

  constructor(store: StateStore, scope: string, kind: string) {
    this.#records = new Collection(store, scope, kind);
  }

  get size(): number {
    return this.#records.size;
  }

  /** Changes whenever a record does, so that whoever derived something from them knows that it is stale. */
  get revision(): number {
    return this.#records.revision;
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  /** All records, oldest first. */
  all(): readonly T[] {
    this.#ordered ??= this.#records.values().sort(byTime);
    return this.#ordered;
  }

  /** Adds a record, or puts it in place of the one with its id. */
  put(record: T): T {
    const known = this.#records.has(record.id);
    this.#records.set(record.id, record);
    const ordered = this.#ordered;
    if (ordered === undefined) return record;
    if (known) this.#ordered = undefined;
    else
      ordered.splice(
        firstIndex(ordered, (other) => byTime(other, record) > 0),
        0,
        record,
      );
    return record;
  }

  remove(id: string): boolean {
    this.#ordered = undefined;
    return this.#records.delete(id);
  }

  /** Records between two instants, oldest first; each bound counts or does not as asked. */
  between(startMs: number, endMs: number, startInclusive: boolean, endInclusive: boolean): T[] {
    const ordered = this.all();
    const slice: Slice = {
      from: firstIndex(ordered, ({ atMs }) => (startInclusive ? atMs >= startMs : atMs > startMs)),
      to: firstIndex(ordered, ({ atMs }) => (endInclusive ? atMs > endMs : atMs >= endMs)),
    };
    return ordered.slice(slice.from, slice.to);
  }

  restore(key: string, value: unknown): void {
    this.#records.restore(key, value);
    this.#ordered = undefined;
  }
}

export function byTime(a: TimedRecord, b: TimedRecord): number {
  return a.atMs - b.atMs || a.sequence - b.sequence;
}

export function bySequence(a: TimedRecord, b: TimedRecord): number {
  return a.sequence - b.sequence;
}

/** The first index whose item passes a test that all later items pass too; the length where none does. */
export function firstIndex<T>(items: readonly T[], passes: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && passes(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
