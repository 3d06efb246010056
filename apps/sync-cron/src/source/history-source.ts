import type { MirrorStream } from '@facepass-kit/protocol';
import type { MirrorRecord, UnreadableRow } from '../rows/record.ts';

/** One request for a page: a range of time (both ends as FacePass takes them, UTC milliseconds) and a cursor. */
interface PageRequest {
  readonly stream: MirrorStream;
  readonly fromMs: number;
  readonly toMs: number;
  readonly size: number;
  readonly cursor: string | null;
}

/** A page as it was answered, row by row: what could be read, and what could not. */
export interface HistoryPage {
  readonly records: readonly MirrorRecord[];
  readonly unreadable: readonly UnreadableRow[];
  readonly nextCursor: string | null;
  readonly hasMore: boolean | null;
  /** When the request started, UTC milliseconds: what decides between two copies of a row. */
  readonly requestedAt: number;
}

/** FacePass's two histories, page by page. */
export interface HistorySource {
  /** @throws SourceError */
  page(request: PageRequest): Promise<HistoryPage>;
}

/**
 * What a failed request means for the walk:
 * - `refused`: a 4xx or a refusal in the envelope; the page size or the cursor may be what it minds;
 * - `overloaded`: a timeout or a 5xx; a smaller page may pass;
 * - `transient`: the network or 429; the same request is worth another try later;
 * - `parked`: authentication or the envelope itself is wrong, and no other request will fare better.
 */
export type SourceFailure = 'refused' | 'overloaded' | 'transient' | 'parked';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly failure: SourceFailure;
  /** A stable code for the run log, such as `http_error_429`. */
  readonly code: string;

  constructor(failure: SourceFailure, code: string) {
    super(`FacePass's history could not be read: ${code}`);
    this.failure = failure;
    this.code = code;
  }
}
