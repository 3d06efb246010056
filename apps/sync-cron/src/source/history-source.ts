import type { WalkState } from '@facepass-kit/core';
import type { MirrorStream } from '@facepass-kit/protocol';
import type { MirrorRecord, UnreadableRow } from '../rows/record.ts';

/** A page as it was read, row by row, and the state that continues behind it once it is stored. */
export interface HistoryStep {
  readonly records: readonly MirrorRecord[];
  readonly unreadable: readonly UnreadableRow[];
  /** How many of the rows happened outside the range that was asked for. */
  readonly outside: number;
  readonly state: WalkState;
}

/** FacePass's two histories, walked to a proven end. */
export interface HistorySource {
  /**
   * Goes on from `state`, whose range is `fromMs` to `toMs` (both included, UTC milliseconds).
   *
   * @throws SourceError
   */
  steps(
    stream: MirrorStream,
    range: { readonly fromMs: number; readonly toMs: number },
    state: WalkState,
  ): AsyncIterable<HistoryStep>;
}

/**
 * What a failure means:
 * - `passing`: worth another try later;
 * - `incomplete`: what FacePass gave cannot be proven to be all; the range is to be read again;
 * - `refused`: FacePass refuses the request or answers it with something else, as it most likely does any other;
 * - `hopeless`: nobody is let in, and no other request will fare better;
 * - `out-of-budget`: we stopped ourselves.
 */
export type SourceFailure = 'passing' | 'incomplete' | 'refused' | 'hopeless' | 'out-of-budget';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly failure: SourceFailure;
  /** A stable code for the run log, such as `http_429`. */
  readonly code: string;

  constructor(failure: SourceFailure, code: string) {
    super(`FacePass's history could not be read: ${code}`);
    this.failure = failure;
    this.code = code;
  }
}
