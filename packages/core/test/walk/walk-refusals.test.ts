import { describe, expect, it } from 'vitest';
import {
  beginWalk,
  FacePassApiError,
  FacePassAuthError,
  FacePassHttpError,
  FacePassTimeoutError,
  type PageRequest,
  unknownTraits,
  type WalkStep,
  walk,
} from '../../src/client.ts';
import { collect, everySecond, HOUR, idsOf, START, sortedIds } from './collect.ts';
import { modelServer, plain, type Row, readRow } from './model-server.ts';

/** Thousands of walks on a busy machine. */
const PATIENCE_MS = 120_000;

describe('a walk that is refused', { timeout: PATIENCE_MS }, () => {
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
