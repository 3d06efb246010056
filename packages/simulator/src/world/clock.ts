import { Collection } from './collection.ts';
import { type StateStore, worldScope } from './state-store.ts';

interface ClockState {
  readonly offsetMs: number;
  readonly frozenAtMs: number | null;
}

/** The vendor's clock: the given one, moved or stopped by the control API. */
export class Clock {
  readonly #source: () => number;
  readonly #states: Collection<ClockState>;

  constructor(source: () => number, store: StateStore) {
    this.#source = source;
    this.#states = new Collection(store, worldScope, 'clock');
  }

  nowMs(): number {
    const { offsetMs, frozenAtMs } = this.#state();
    return (frozenAtMs ?? this.#source()) + offsetMs;
  }

  /** Moves the clock forward, running or stopped. */
  advance(ms: number): void {
    const state = this.#state();
    this.#states.set('clock', { ...state, offsetMs: state.offsetMs + ms });
  }

  /** Stops the clock at an instant, or lets it run again from its source. */
  freeze(atMs: number | null): void {
    this.#states.set('clock', { offsetMs: 0, frozenAtMs: atMs });
  }

  restore(value: unknown): void {
    this.#states.restore('clock', value);
  }

  #state(): ClockState {
    return this.#states.get('clock') ?? { offsetMs: 0, frozenAtMs: null };
  }
}
