import { describe, expect, it } from 'vitest';
import { integerBetween, seededRandom } from './random.ts';
import { forgetfulStore, type StateRow } from './state-store.ts';
import { byTime, type TimedRecord, Timeline } from './timeline.ts';

describe('a timeline', () => {
  it.each([1, 2, 3, 4, 5])(
    'holds what was put in, in the order of time, whatever was done to it (seed %i)',
    (seed) => {
      const random = seededRandom(seed);
      const timeline = new Timeline<TimedRecord>(forgetfulStore, 'scope', 'kind');
      const model = new Map<string, TimedRecord>();
      for (let sequence = 1; sequence <= 400; sequence += 1) {
        const known = integerBetween(random, 1, sequence);
        const action = random();
        if (action < 0.1) {
          expect(timeline.remove(String(known))).toBe(model.delete(String(known)));
          continue;
        }
        const id = String(action < 0.3 ? known : sequence);
        const record = { id, sequence: Number(id), atMs: integerBetween(random, 0, 100) };
        timeline.put(record);
        model.set(id, record);
        const from = integerBetween(random, 0, 100);
        const to = integerBetween(random, from, 100);
        const [startIn, endIn] = [random() < 0.5, random() < 0.5];
        const expected = [...model.values()]
          .filter(({ atMs }) => (startIn ? atMs >= from : atMs > from) && (endIn ? atMs <= to : atMs < to))
          .sort(byTime);
        expect(timeline.between(from, to, startIn, endIn)).toEqual(expected);
      }
      expect(timeline.all()).toEqual([...model.values()].sort(byTime));
    },
  );

  it('tells its store of every change, so that another one can go on from there', () => {
    const rows = new Map<string, StateRow>();
    const store = {
      ...forgetfulStore,
      put: (row: StateRow) => void rows.set(row.key, row),
      delete: (_scope: string, _kind: string, key: string) => void rows.delete(key),
    };
    const first = new Timeline<TimedRecord>(store, 'scope', 'kind');
    for (const atMs of [5, 3, 4]) first.put({ id: `at-${atMs}`, sequence: atMs, atMs });
    first.remove('at-4');
    const second = new Timeline<TimedRecord>(store, 'scope', 'kind');
    for (const { key, value } of rows.values()) second.restore(key, value);
    expect(second.all()).toEqual(first.all());
  });
});
