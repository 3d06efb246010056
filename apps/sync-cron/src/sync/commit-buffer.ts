import type { MirrorRecord } from '../rows/record.ts';
import type { HistoryStep } from '../source/history-source.ts';
import type { QuarantineEntry } from '../store/quarantine.ts';

/** A commit of about a thousand rows: large enough to be cheap a row, far below D1's limits. */
export const ROWS_PER_COMMIT = 1_000;
/** Also after this many pages, so that a checkpoint is never far behind where pages are small or empty. */
const PAGES_PER_COMMIT = 100;

/** Pages and rows held for one commit. */
export interface Buffered {
  readonly records: MirrorRecord[];
  readonly quarantined: QuarantineEntry[];
  pages: number;
  fetched: number;
}

/** Pages read and not yet stored. */
export interface CommitBuffer {
  add(step: HistoryStep, quarantined: readonly QuarantineEntry[]): void;
  /** Empties it. */
  take(): Buffered;
  readonly isFull: boolean;
  readonly isEmpty: boolean;
}

export function createCommitBuffer(rowsPerCommit: number): CommitBuffer {
  let held = empty();
  return {
    add(step, quarantined) {
      for (const record of step.records) held.records.push(record);
      held.quarantined.push(...quarantined);
      held.pages++;
      held.fetched += step.records.length + quarantined.length;
    },
    take() {
      const taken = held;
      held = empty();
      return taken;
    },
    get isFull() {
      const rows = held.records.length + held.quarantined.length;
      return rows >= rowsPerCommit || held.pages >= PAGES_PER_COMMIT;
    },
    get isEmpty() {
      return held.pages === 0;
    },
  };
}

function empty(): Buffered {
  return { records: [], quarantined: [], pages: 0, fetched: 0 };
}
