import {
  beginWalk,
  type WalkOptions,
  type WalkOutcome,
  type WalkState,
  type WalkStep,
  walk,
} from '../../src/client.ts';
import { type Row, readRow } from './model-server.ts';

export const START = Date.UTC(2026, 0, 5);
export const HOUR = { fromMs: START, toMs: START + 3_600_000 };

/** Far more than a walk over an hour may take, tick by tick. */
const MOST_PAGES = 40_000;

interface Collected {
  readonly ids: string[];
  readonly steps: WalkStep<Row>[];
  readonly outcome: WalkOutcome;
}

export async function collect(
  server: Pick<WalkOptions<Row>, 'fetchPage'>,
  state: WalkState = beginWalk(HOUR),
): Promise<Collected> {
  const steps: WalkStep<Row>[] = [];
  const running = walk({ fetchPage: server.fetchPage, readRow, state });
  for (;;) {
    const step = await running.next();
    if (step.done) return { ids: idsOf(steps), steps, outcome: step.value };
    if (steps.length > MOST_PAGES) throw new Error('the walk does not end');
    steps.push(step.value);
  }
}

export const idsOf = (steps: readonly WalkStep<Row>[]) =>
  steps.flatMap(({ items }) => items.map(({ id }) => id));
export const sortedIds = (ids: readonly string[]) => ids.toSorted((a, b) => Number(a) - Number(b));

/** `count` rows, one a second. */
export const everySecond = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index + 1), atMs: START + index * 1000 }));
