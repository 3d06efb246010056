import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleSuccesses } from '../../conformance/fixtures/guide-samples.ts';
import { beginWalk, type PageRequest, unknownTraits, type WalkStep, walk } from '../../src/client.ts';
import { collect, everySecond, HOUR, idsOf, START, sortedIds } from './collect.ts';
import { modelServer, type Personality, plain, type Row, readRow } from './model-server.ts';

const personality: fc.Arbitrary<Personality> = fc
  .record({
    order: fc.constantFrom('time', 'newest', 'id', 'shuffled'),
    cursor: fc.constantFrom('after-id', 'from-id', 'offset', 'page-number', 'token', 'ignored'),
    handsOut: fc.constantFrom('working', 'constant', 'constant-id', 'nothing'),
    cursorAtEnd: fc.boolean(),
    strangeCursor: fc.constantFrom('refused', 'failed', 'ignored', 'empty'),
    hasMore: fc.constantFrom('more', 'last', 'always-false', 'always-true', 'absent'),
    includesFrom: fc.boolean(),
    includesTo: fc.boolean(),
    largestPage: fc.constantFrom(3, 10, 20, 37, 100, 1000),
    beyondLargest: fc.constantFrom('capped', 'refused', 'failed'),
    duplicates: fc.boolean(),
    emptyPages: fc.boolean(),
  } satisfies Record<keyof Personality, fc.Arbitrary<unknown>>)
  // A server that takes our row ids for offsets while handing out no offsets is beyond anyone's help.
  .filter(({ cursor, handsOut }) => handsOut === 'working' || !['offset', 'page-number'].includes(cursor))
  // An id handed out by a server that refuses ids, likewise.
  .filter(({ cursor, handsOut }) => handsOut !== 'constant-id' || ['after-id', 'from-id'].includes(cursor))
  // Cursors that lead nowhere are no help through a second that holds more rows than a page.
  .filter(
    ({ largestPage, cursor, handsOut }) =>
      largestPage >= 10 || (cursor !== 'ignored' && (handsOut === 'working' || cursor.endsWith('-id'))),
  )
  // fast-check types the record by its arbitraries; the keys above are checked against Personality.
  .map((traits) => traits as Personality);

/** Rows spread over an hour, never more in one second than a page of the smallest size holds. */
const rows: fc.Arbitrary<Row[]> = fc.integer({ min: 0, max: 400 }).chain((count) =>
  fc.integer({ min: 1, max: 2 ** 31 - 1 }).map((seed) =>
    Array.from({ length: count }, (_, index) => ({
      id: String(index + 1),
      atMs: START + ((((index * 48271 + seed) >>> 0) % 3600) + (index % 3 === 0 ? 0.5 : 0)) * 1000,
    })),
  ),
);

/** Thousands of walks on a busy machine. */
const PATIENCE_MS = 120_000;

describe('a walk', { timeout: PATIENCE_MS }, () => {
  it('reads every row exactly once, whatever the server means by its paging', async () => {
    await fc.assert(
      fc.asyncProperty(personality, rows, async (traits, all) => {
        const { ids, outcome } = await collect(modelServer(all, traits));
        expect(outcome).toMatchObject({ complete: true, unread: [] });
        expect(sortedIds(ids)).toEqual(sortedIds(all.map(({ id }) => id)));
      }),
      { numRuns: 2000 },
    );
  });

  it('goes on from any of its states, through JSON, and loses nothing', async () => {
    const resumed = fc.tuple(personality, rows, fc.nat({ max: 40 }));
    await fc.assert(
      fc.asyncProperty(resumed, async ([traits, all, stopAfter]) => {
        const server = modelServer(all, traits);
        const kept: WalkStep<Row>[] = [];
        let state = beginWalk(HOUR);
        for await (const step of walk({ fetchPage: server.fetchPage, readRow, state })) {
          kept.push(step);
          state = step.state;
          if (kept.length >= stopAfter) break;
        }
        const rest = await collect(server, JSON.parse(JSON.stringify(state)));
        expect(rest.outcome.complete).toBe(true);
        const ids = new Set([...idsOf(kept), ...rest.ids]);
        expect(sortedIds([...ids])).toEqual(sortedIds(all.map(({ id }) => id)));
      }),
      { numRuns: 1000 },
    );
  });

  it('asks a plain server for little more than its pages', async () => {
    const server = modelServer(everySecond(3000), plain);
    await collect(server);
    // 10 and 100 to find the size, three full pages, one empty one.
    expect(server.requests.map(({ size, cursor }) => [size, cursor])).toEqual([
      [10, undefined],
      [100, undefined],
      [1000, undefined],
      [1000, '1000'],
      [1000, '2000'],
      [1000, '3000'],
    ]);
  });

  it('reads a second denser than a page where every nextCursor is the same, and the id of a record too', async () => {
    const dense = everySecond(300).map((row, index) =>
      index >= 40 && index < 80 ? { ...row, atMs: START + 40_000 } : row,
    );
    for (const order of ['time', 'newest', 'id', 'shuffled'] as const) {
      const server = modelServer(dense, { ...plain, order, handsOut: 'constant-id', largestPage: 10 });
      const { ids, outcome } = await collect(server);
      expect(outcome.complete).toBe(true);
      expect(sortedIds(ids)).toEqual(sortedIds(dense.map(({ id }) => id)));
    }
  });

  it('asks nothing further when nextCursor is missing and hasMore has proved to mean the end', async () => {
    const server = modelServer(everySecond(25), { ...plain, cursorAtEnd: false });
    const first = await collect(server, beginWalk(HOUR, { ...unknownTraits, growing: false }));
    const traits = first.steps.at(-1)?.state.traits;
    const before = server.requests.length;
    await collect(server, beginWalk(HOUR, traits));
    expect([before, server.requests.length - before]).toEqual([4, 3]);
  });

  it("reads the guide's sample, whose nextCursor leads nowhere and whose hasMore contradicts its name", async () => {
    const { items, hasMore, size, nextCursor } = sampleSuccesses.verificationHistory;
    const requests: PageRequest[] = [];
    const server = {
      fetchPage: async (request: PageRequest) => {
        requests.push(request);
        const isThere = (request.fromMs ?? 0) <= START && (request.toMs ?? 0) >= START;
        return { items: isThere ? [...items] : [], hasMore, size, nextCursor };
      },
    };
    const { ids, outcome } = await collect(server, beginWalk({ fromMs: START, toMs: START }));
    expect(ids).toEqual(['1', '2', '3']);
    expect(outcome.complete).toBe(true);
    // Nothing on it proves that three rows are all: the server is asked about nothing, and once in a smaller page.
    expect(requests.map(({ cursor, size }) => [cursor, size])).toEqual([
      [undefined, 10],
      ['100', 10],
      ['3', 10],
      [undefined, 10],
      ['100', 10],
      [undefined, 1],
      ['100', 1],
      ['3', 1],
      [undefined, 10],
      ['100', 10],
      ['3', 10],
    ]);
  });

  it('sets a row aside that cannot be read, once, and goes on', async () => {
    const server = modelServer(everySecond(30), { ...plain, cursor: 'from-id', largestPage: 10 });
    const steps: WalkStep<Row>[] = [];
    const options = {
      fetchPage: server.fetchPage,
      readRow: (row: unknown) => {
        const read = readRow(row);
        return read.id === '7' || read.id === '10' ? { path: 'eventTs', id: read.id } : read;
      },
      state: beginWalk(HOUR),
    };
    for await (const step of walk(options)) steps.push(step);
    expect(idsOf(steps)).toHaveLength(28);
    const aside = steps.flatMap(({ quarantined }) => quarantined);
    expect(aside.map(({ index, path, content }) => [index, path, content()])).toEqual([
      [6, 'eventTs', { id: '7', atMs: START + 6000 }],
      [9, 'eventTs', { id: '10', atMs: START + 9000 }],
    ]);
  });

  it('says which second it could not read when cursors lead nowhere through a crowd', async () => {
    const crowd = Array.from({ length: 40 }, (_, index) => ({ id: String(index + 1), atMs: START + 5000 }));
    const { ids, outcome } = await collect(
      modelServer(crowd, { ...plain, cursor: 'ignored', largestPage: 10 }),
    );
    expect(ids).toHaveLength(10);
    expect(outcome.complete).toBe(false);
    const seconds = outcome.unread.map(({ fromMs, reason }) => [((fromMs ?? 0) - START) / 1000, reason]);
    // The neighbours ask for one tick more, so the crowd is in their way too.
    expect(seconds).toEqual([4, 5, 6].map((second) => [second, 'too_dense']));
  });

  it('follows cursors that look like row ids, and count rows or pages', async () => {
    const all = everySecond(300);
    for (const cursor of ['offset', 'page-number'] as const) {
      for (const largestPage of [3, 10, 37]) {
        const { ids, outcome } = await collect(modelServer(all, { ...plain, cursor, largestPage }));
        expect(outcome.complete).toBe(true);
        expect(sortedIds(ids)).toEqual(all.map(({ id }) => id));
      }
    }
  });
});
