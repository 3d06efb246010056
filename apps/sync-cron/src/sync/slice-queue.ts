import type { MirrorStream } from '@facepass-kit/protocol';
import type { Database } from '../store/database.ts';
import { claimSlices, releaseSlice, type Slice, type SliceChoice } from '../store/slice-store.ts';
import type { SliceOutcome } from './slice-runner.ts';

/** Hands a run's workers their slices, claimed a few at a time so that a short run asks the database twice. */
export interface SliceQueue {
  /** A slice under lease; null when nothing is left for this run. */
  next(): Promise<Slice | null>;
  settle(slice: Slice, outcome: SliceOutcome['outcome']): void;
  /** Gives back what was claimed and not begun. */
  giveBack(): Promise<void>;
}

export interface SliceQueueOptions {
  readonly choice: SliceChoice;
  /** Also takes slices that are waiting after a failure: somebody asked for this run. */
  readonly isImpatient: boolean;
  /** Slices claimed at once; each lies under lease until a worker is free. */
  readonly limit: number;
  /** The streams that can be read at present. */
  readonly readable: () => MirrorStream[];
}

export function createSliceQueue(
  { database, now }: { readonly database: Database; readonly now: () => number },
  { choice, isImpatient, limit, readable }: SliceQueueOptions,
): SliceQueue {
  const waiting: Slice[] = [];
  /** Slices this run has failed at or lost, which the next run takes up. */
  const failed: number[] = [];
  let claiming: Promise<void> | null = null;
  /** Whether everything claimable was claimed at the last look, and nothing new has come up since. */
  let isDrained = false;

  const claim = async (): Promise<void> => {
    const streams = readable();
    const slices =
      streams.length === 0
        ? []
        : await claimSlices(database, {
            ...choice,
            streams,
            nowMs: now(),
            except: failed,
            impatient: isImpatient,
            limit,
          });
    waiting.push(...slices);
    isDrained = slices.length < limit;
  };

  return {
    async next() {
      for (;;) {
        const slice = waiting.shift();
        if (slice !== undefined) {
          if (readable().includes(slice.stream)) return slice;
          await releaseSlice(database, slice);
          continue;
        }
        if (isDrained) return null;
        claiming ??= claim().finally(() => {
          claiming = null;
        });
        await claiming;
      }
    },
    settle(slice, outcome) {
      if (outcome === 'split') isDrained = false;
      if (outcome !== 'done' && outcome !== 'split') failed.push(slice.id);
    },
    async giveBack() {
      for (const slice of waiting.splice(0)) await releaseSlice(database, slice);
    },
  };
}
