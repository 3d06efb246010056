import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleSuccesses } from '../../conformance/fixtures/guide-samples.ts';
import {
  beginWalk,
  FacePassApiError,
  FacePassAuthError,
  FacePassHttpError,
  FacePassTimeoutError,
  type PageRequest,
  unknownTraits,
  type WalkOptions,
  type WalkOutcome,
  type WalkState,
  type WalkStep,
  walk,
} from '../../src/client.ts';
import { type ModelServer, modelServer, type Personality, plain, type Row, readRow } from './model-server.ts';

const START = Date.UTC(2026, 0, 5);
const HOUR = { fromMs: START, toMs: START + 3_600_000 };

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

/** Far more than a walk over an hour may take, tick by tick. */
const MOST_PAGES = 40_000;

interface Collected {
  readonly ids: string[];
  readonly steps: WalkStep<Row>[];
  readonly outcome: WalkOutcome;
}

async function collect(
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

const idsOf = (steps: readonly WalkStep<Row>[]) => steps.flatMap(({ items }) => items.map(({ id }) => id));
const sortedIds = (ids: readonly string[]) => ids.toSorted((a, b) => Number(a) - Number(b));

/** `count` rows, one a second. */
const everySecond = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index + 1), atMs: START + index * 1000 }));

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

  it('does not take rows that came meanwhile for rows that a cursor led to', async () => {
    for (const order of ['time', 'newest'] as const) {
      for (const largestPage of [10, 100]) {
        const there = Array.from({ length: 400 }, (_, index) => ({
          id: String(index + 1),
          atMs: START + 600_000 + index * 7000,
        }));
        // Every request finds one more, where it is seen at once.
        const growing = [...there];
        const server = modelServer(growing, {
          ...plain,
          cursor: 'ignored',
          handsOut: 'constant',
          order,
          largestPage,
        });
        const { ids } = await collect({
          async fetchPage(request) {
            const late = growing.length - there.length;
            const atMs = order === 'time' ? START + late * 1000 : HOUR.toMs - 200_000 + late * 1000;
            growing.push({ id: `late-${late}`, atMs });
            return server.fetchPage(request);
          },
        });
        expect(new Set(ids).size).toBe(ids.length);
        expect(there.filter(({ id }) => !ids.includes(id))).toEqual([]);
      }
    }
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

  describe('of a server whose cursors lead from one empty page to the next for ever', () => {
    const endless = (rows: readonly Row[], isEndlessAt: (request: PageRequest) => boolean) => {
      let count = 0;
      return {
        fetchPage: async (request: PageRequest) => {
          const { items } = await modelServer(rows, { ...plain, cursor: 'ignored' }).fetchPage(request);
          const isEndless = isEndlessAt(request);
          return {
            items: request.cursor === undefined ? items : [],
            hasMore: isEndless,
            size: 10,
            nextCursor: isEndless ? `cursor-${count++}` : undefined,
          };
        },
      };
    };

    it('ends where it does so of nothing too', async () => {
      const { ids, outcome } = await collect(endless(everySecond(7), () => true));
      expect(outcome).toMatchObject({ complete: true, unread: [] });
      expect(sortedIds(ids)).toEqual(everySecond(7).map(({ id }) => id));
    });

    it('gives up where it has never shown a row, and says so', async () => {
      const { outcome } = await collect(endless([], () => true));
      expect(outcome).toMatchObject({ complete: false, unread: [{ ...HOUR, reason: 'empty_pages' }] });
    });

    it('gives up where nothing else is answered so, and says so', async () => {
      const server = endless(everySecond(7), ({ fromMs = 0 }) => fromMs >= START);
      const { outcome } = await collect(server);
      expect(outcome.complete).toBe(false);
      expect(new Set(outcome.unread.map(({ reason }) => reason))).toEqual(new Set(['empty_pages']));
    });
  });

  describe('of a server that gives fewer than ten rows at once and whose cursors lead nowhere', () => {
    const small: Personality = { ...plain, cursor: 'ignored', handsOut: 'nothing', largestPage: 5 };
    const crowd = Array.from({ length: 8 }, (_, index) => ({ id: String(index + 1), atMs: START + 5000 }));

    it.each(['more', 'last', 'always-true', 'always-false', 'absent'] as const)(
      'reads every row by cutting the range, with hasMore %s',
      async (hasMore) => {
        const all = everySecond(300);
        for (const order of ['time', 'newest', 'shuffled'] as const) {
          // One tick more is asked for on either side: three rows lie in any second asked for.
          const { ids, outcome } = await collect(modelServer(all, { ...small, order, hasMore }));
          expect(outcome.complete).toBe(true);
          expect(sortedIds(ids)).toEqual(all.map(({ id }) => id));
        }
      },
    );

    it.each(['more', 'last'] as const)(
      'never takes five rows of a crowded second for all of them, with hasMore %s',
      async (hasMore) => {
        const { outcome } = await collect(modelServer(crowd, { ...small, hasMore }));
        expect(outcome).toMatchObject({ complete: false });
      },
    );

    it.each(['always-true', 'always-false', 'absent'] as const)(
      'nor once a page has proved to leave rows out, with hasMore %s',
      async (hasMore) => {
        const spread = everySecond(300).map(({ id, atMs }) => ({ id: `a${id}`, atMs: atMs + 60_000 }));
        const { outcome } = await collect(modelServer([...crowd, ...spread], { ...small, hasMore }));
        expect(outcome).toMatchObject({ complete: false });
      },
    );
  });

  describe('of a server whose first page was short, and whose rows change while it is checked', () => {
    const mute: Personality = { ...plain, cursor: 'ignored', handsOut: 'nothing', hasMore: 'always-false' };
    const early = { id: '1', atMs: START + 600_000 };
    const late = { id: '2', atMs: START + 2_400_000 };

    /** After each number of requests the rows are others. */
    function changing(rowsAfter: Readonly<Record<number, readonly Row[]>>, traits = mute): ModelServer {
      let rows: readonly Row[] = [];
      const requests: PageRequest[] = [];
      return {
        requests,
        async fetchPage(request) {
          rows = rowsAfter[requests.length] ?? rows;
          requests.push(request);
          return await modelServer(rows, traits).fetchPage(request);
        },
      };
    }

    it('does not hold a row against it that was written since', async () => {
      const { ids, steps, outcome } = await collect(changing({ 0: [early], 2: [early, late] }));
      expect(outcome.complete).toBe(true);
      expect(sortedIds(ids)).toEqual(['1', '2']);
      // Nor later: a lone row is still taken for all there is.
      const again = await collect(modelServer([early], mute), beginWalk(HOUR, steps.at(-1)?.state.traits));
      expect(again.outcome.complete).toBe(true);
    });

    it('nor one that was written and has moved away again', async () => {
      const isWhole = ({ fromMs, toMs }: PageRequest) => fromMs === HOUR.fromMs && toMs === HOUR.toMs;
      let asked = 0;
      const fetchPage = async (request: PageRequest) => {
        if (isWhole(request) && request.cursor === undefined) asked++;
        // It is there between the first and the second time that the whole hour is asked for.
        const rows = asked === 1 && !isWhole(request) ? [early, late] : [early];
        return await modelServer(rows, mute).fetchPage(request);
      };
      const { ids, steps, outcome } = await collect({ fetchPage });
      expect(asked).toBe(2);
      expect(sortedIds(ids)).toEqual(['1', '2']);
      expect(outcome.complete).toBe(true);
      expect(steps.at(-1)?.state.traits.cutRows).toBeUndefined();
    });

    it('goes on from any of its states while it asks again', async () => {
      const { steps } = await collect(changing({ 0: [early], 2: [early, late] }));
      for (const { state } of steps) {
        const stored: WalkState = JSON.parse(JSON.stringify(state));
        const { outcome } = await collect(modelServer([early, late], mute), stored);
        expect(outcome.complete).toBe(true);
      }
    });

    it('holds nothing against it where the whole range is refused the second time', async () => {
      const server = changing({ 0: [early], 2: [early, late] });
      const fetchPage = async (request: PageRequest) => {
        const span = (request.toMs ?? 0) - (request.fromMs ?? 0);
        if (server.requests.length > 2 && span >= 3_600_000) throw new FacePassHttpError({ status: 400 });
        return await server.fetchPage(request);
      };
      const { ids, outcome } = await collect({ fetchPage });
      expect(outcome.complete).toBe(true);
      expect(sortedIds(ids)).toEqual(['1', '2']);
    });

    it('unlearns that it cuts pages short when one is longer', async () => {
      const wrong = { ...unknownTraits, longestPage: 1, cutRows: 1 };
      const convicted = await collect(modelServer([early], mute), beginWalk(HOUR, wrong));
      expect(convicted.outcome.complete).toBe(false);
      const together = [early, { id: '2', atMs: early.atMs }];
      const longer = await collect(modelServer(together, mute), beginWalk(HOUR, wrong));
      expect(longer.outcome.complete).toBe(true);
      const learnt = longer.steps.at(-1)?.state.traits;
      const later = await collect(modelServer([early], mute), beginWalk(HOUR, learnt));
      expect(later.outcome.complete).toBe(true);
    });
  });

  it('does not take rows for all because hasMore counts what was asked for rather than what there is', async () => {
    // It says "more" of every page that is as long as asked for, and gives 50 at once whatever is asked for.
    const all = everySecond(500);
    const server = modelServer(all, { ...plain, cursor: 'ignored', handsOut: 'nothing', largestPage: 50 });
    const naive = {
      fetchPage: async (request: PageRequest) => {
        const page = await server.fetchPage(request);
        return { ...page, hasMore: page.items.length === request.size };
      },
    };
    const { ids, outcome } = await collect(naive);
    expect(outcome.complete).toBe(true);
    expect(ids).toHaveLength(500);
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

  it('ends behind the last page when the server refuses, or fails on, the cursor that it handed out there', async () => {
    for (const strangeCursor of ['refused', 'failed'] as const) {
      const server = modelServer(everySecond(25), { ...plain, cursor: 'token', strangeCursor });
      const strict = {
        fetchPage: async (request: PageRequest) => {
          if (request.cursor === 'token:25') throw new FacePassHttpError({ status: 500 });
          return server.fetchPage(request);
        },
      };
      const { ids, outcome } = await collect(strict, beginWalk(HOUR, { ...unknownTraits, growing: false }));
      expect([ids.length, outcome.complete]).toEqual([25, true]);
    }
  });

  it('cannot cut a list without time, and says so', async () => {
    const { outcome } = await collect(
      modelServer(everySecond(40), { ...plain, cursor: 'ignored', largestPage: 10 }),
      beginWalk(),
    );
    expect(outcome).toMatchObject({ complete: false, unread: [{ reason: 'cursors_lead_nowhere' }] });
  });

  it('asks for less when a size is refused, and remembers it', async () => {
    const server = modelServer(everySecond(300), { ...plain, largestPage: 60, beyondLargest: 'refused' });
    const { outcome, steps } = await collect(server);
    expect(outcome.complete).toBe(true);
    const sizes = server.requests.map(({ size }) => size);
    // One row of a minute, as it was, one row of it all: it was the size.
    expect(sizes.slice(0, 8)).toEqual([10, 100, 1, 100, 1, 10, 50, 50]);
    expect(steps.at(-1)?.state.traits).toMatchObject({ size: 50, sizeLimit: 50 });
  });

  it('asks for fewer rows than the guide’s own ten where even those are refused', async () => {
    const server = modelServer(everySecond(30), { ...plain, largestPage: 3, beyondLargest: 'refused' });
    const { ids, outcome, steps } = await collect(server);
    expect(outcome.complete).toBe(true);
    expect(ids).toHaveLength(30);
    expect(steps.at(-1)?.state.traits).toMatchObject({ size: 2, growing: false });
  });

  it('learns nothing from a refusal that was only a moment’s', async () => {
    const server = modelServer(everySecond(250), { ...plain, largestPage: 100 });
    let count = 0;
    const moody = {
      fetchPage: async (request: PageRequest) => {
        count++;
        if (count % 4 === 3) throw new FacePassApiError({ errorCode: 'TEMPORARY' });
        return server.fetchPage(request);
      },
    };
    const { ids, outcome, steps } = await collect(moody);
    expect(outcome.complete).toBe(true);
    expect(ids).toHaveLength(250);
    const traits = steps.at(-1)?.state.traits;
    expect([traits?.sizeLimit, traits?.refusedRangeMs]).toEqual([undefined, undefined]);
  });

  it('cuts a range that is refused, and asks for no other as long', async () => {
    const day = { fromMs: START, toMs: START + 86_400_000 };
    const server = modelServer(everySecond(20), plain);
    const lengths: number[] = [];
    const strict = {
      fetchPage: async (request: PageRequest) => {
        const length = (request.toMs ?? 0) - (request.fromMs ?? 0);
        lengths.push(length / 3_600_000);
        if (length > 6 * 3_600_000) throw new FacePassApiError({ errorCode: 'RANGE_TOO_LONG' });
        return server.fetchPage(request);
      },
    };
    const { ids, outcome } = await collect(strict, beginWalk(day));
    expect(outcome.complete).toBe(true);
    expect(ids).toHaveLength(20);
    expect(lengths.filter((hours) => hours > 6)).toEqual([24, 24, 24, 12, 12, 12]);
  });

  it('does not end on a page that says that more follows, though its server has stopped handing out cursors', async () => {
    const server = modelServer(everySecond(40), plain);
    const { traits } = (await collect(server)).steps.at(-1)?.state ?? beginWalk();
    // From now on the first few rows of a range, whatever cursor is sent.
    const worse = modelServer(everySecond(300), { ...plain, cursor: 'ignored', largestPage: 8 });
    const withoutCursors = {
      fetchPage: async (request: PageRequest) => ({
        ...(await worse.fetchPage(request)),
        nextCursor: undefined,
      }),
    };
    const { ids, outcome } = await collect(withoutCursors, beginWalk(HOUR, traits));
    expect(outcome.complete).toBe(true);
    expect(new Set(ids).size).toBe(300);
  });

  it.each([100, 1000])(
    'finds out at once that its server ignores the range, pages of %d',
    async (largestPage) => {
      const server = modelServer(everySecond(300), {
        ...plain,
        cursor: 'ignored',
        largestPage,
        hasMore: 'absent',
      });
      const ignoring = {
        fetchPage: async ({ fromMs: _from, toMs: _to, ...request }: PageRequest) => server.fetchPage(request),
      };
      const day = { fromMs: START, toMs: START + 86_400_000 };
      const { outcome } = await collect(ignoring, beginWalk(day));
      expect(outcome.unread).toEqual([{ ...day, reason: 'range_ignored' }]);
      expect(server.requests.length).toBeLessThan(60);
    },
  );

  it('takes a stretch that is refused where others as long were answered for that stretch’s own fault', async () => {
    const hour = 3_600_000;
    const days = (first: number, last: number) => ({
      fromMs: START + first * 24 * hour,
      toMs: START + last * 24 * hour,
    });
    const server = modelServer(everySecond(20), plain);
    const lost = { fromMs: START + 30 * hour, toMs: START + 31 * hour };
    const lengths: number[] = [];
    const withHole = {
      fetchPage: async (request: PageRequest) => {
        const { fromMs = 0, toMs = 0 } = request;
        lengths.push((toMs - fromMs) / hour);
        if (fromMs < lost.toMs && toMs > lost.fromMs) throw new FacePassApiError({ errorCode: 'BROKEN' });
        return server.fetchPage(request);
      },
    };
    let { traits } = (await collect(withHole, beginWalk(days(0, 1)))).steps.at(-1)?.state ?? beginWalk();
    const kept: WalkStep<Row>[] = [];
    await expect(async () => {
      const state = beginWalk(days(1, 2), traits);
      for await (const step of walk({ ...withHole, readRow, state })) kept.push(step);
    }).rejects.toMatchObject({ errorCode: 'BROKEN' });
    traits = kept.at(-1)?.state.traits ?? traits;
    lengths.length = 0;
    expect((await collect(withHole, beginWalk(days(2, 3), traits))).outcome.complete).toBe(true);
    expect(lengths).toEqual([24]);
  });

  it('asks for less when a page is too much for the server, from the beginning of the span', async () => {
    const server = modelServer(everySecond(300), { ...plain, cursor: 'page-number' });
    const slow = {
      fetchPage: async (request: PageRequest) => {
        if (request.size > 30) throw new FacePassTimeoutError({ limit: 'attempt', timeoutMs: 1000 });
        return server.fetchPage(request);
      },
    };
    const { ids, outcome } = await collect(slow);
    expect(outcome.complete).toBe(true);
    expect(sortedIds(ids)).toEqual(everySecond(300).map(({ id }) => id));
  });

  it.each([
    ['credentials', new FacePassAuthError({ message: 'refused' })],
    ['a server that is down', new FacePassHttpError({ status: 503 })],
    ['a request refused at its mildest', new FacePassHttpError({ status: 400 })],
  ])('stops on %s, and its last state is good', async (_name, error) => {
    const server = modelServer(everySecond(3000), { ...plain, largestPage: 10 });
    let failing = false;
    const flaky = {
      fetchPage: async (request: PageRequest) => {
        if (failing) throw error;
        failing = true;
        return server.fetchPage(request);
      },
    };
    const hour = beginWalk(HOUR, { ...unknownTraits, growing: false });
    const kept: WalkStep<Row>[] = [];
    await expect(async () => {
      for await (const step of walk({ ...flaky, readRow, state: hour })) kept.push(step);
    }).rejects.toBe(error);
    const rest = await collect(server, kept.at(-1)?.state);
    expect(rest.outcome.complete).toBe(true);
    expect(new Set([...idsOf(kept), ...rest.ids]).size).toBe(3000);
  });
});
