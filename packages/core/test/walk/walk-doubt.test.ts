import { describe, expect, it } from 'vitest';
import {
  beginWalk,
  FacePassHttpError,
  type PageRequest,
  unknownTraits,
  type WalkState,
} from '../../src/client.ts';
import { collect, everySecond, HOUR, START, sortedIds } from './collect.ts';
import { type ModelServer, modelServer, type Personality, plain, type Row } from './model-server.ts';

/** Thousands of walks on a busy machine. */
const PATIENCE_MS = 120_000;

describe('a walk that doubts a page', { timeout: PATIENCE_MS }, () => {
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
});
