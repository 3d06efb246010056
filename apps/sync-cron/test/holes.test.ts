/** A stretch of its history that FacePass refuses for good, while it gives the rest. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { mirroredVerifications, trueVerifications } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { refusingWithin } from './support/hole.ts';
import { migrate } from './support/migrate.ts';

const oldest = noonMs - 12 * dayMs;
/** In January, while December is older. */
const broken = { fromMs: noonMs - 3 * dayMs, toMs: noonMs - 3 * dayMs + 20 * minuteMs };
let harness: Harness;
let isBroken = true;
let hole = broken;

const world = () => ({
  fetch: (request: Request): Promise<Response> =>
    isBroken ? refusingWithin(hole, (whole) => answered(whole))(request) : answered(request),
});

function answered(request: Request): Promise<Response> {
  harness.requests.push(request);
  return harness.facepass.fetch(request);
}

beforeEach(async () => {
  await emptyStores();
  await migrate();
  isBroken = true;
  hole = broken;
  harness = await createHarness({ historyStartAt: () => noonMs - dayMs });
  await harness.facepass.control.run('records/verifications', {
    generate: { count: 300, fromMs: oldest, toMs: noonMs },
  });
  await harness.verifications(hole.fromMs + 5 * minuteMs);
  await harness.sync(world());
});

/** Scheduled runs, and the turns of a backfill's Workflows, for a while. */
async function pass(minutes: number): Promise<void> {
  for (const until = harness.nowMs + minutes * minuteMs; harness.nowMs < until; ) {
    harness.nowMs += 5 * minuteMs;
    await harness.sync(world());
    const { backfill } = await harness.mirror(world());
    const month = await backfill.nextMonth();
    if (month !== null) await backfill.turn(month);
  }
}

const progress = async () => (await (await harness.mirror()).backfill.progress())[1];
const status = async () => (await (await harness.mirror()).status.status()).streams[1];

/** When what FacePass has and the mirror lacks happened. */
async function lacking(fromMs = oldest): Promise<number[]> {
  const mirrored = new Set((await mirroredVerifications()).map(({ id }) => id));
  const all = await trueVerifications(harness, fromMs, harness.nowMs);
  return all.filter(({ id }) => !mirrored.has(id)).map(({ atMs }) => atMs);
}

const alerts = () => harness.log.filter(({ event }) => event === 'sync.set_aside');

describe('a stretch that FacePass refuses for good', () => {
  it('does not keep a backfill from the months before it, and shows as a hole until it is given', async () => {
    await (await harness.mirror()).backfill.start(oldest);
    await pass(120);
    const left = await lacking();
    expect(left).toContain(hole.fromMs + 5 * minuteMs);
    expect(Math.min(...left)).toBeGreaterThan(hole.fromMs - 15 * minuteMs);
    expect(Math.max(...left)).toBeLessThan(hole.toMs + 15 * minuteMs);

    const { holes = [], parked } = (await status()) ?? {};
    expect(parked).toBeNull();
    expect(holes.length).toBeGreaterThan(0);
    for (const { from, to, code } of holes) {
      expect(code).toBe('api_BROKEN_RANGE');
      expect(from).toBeLessThan(hole.toMs);
      expect(to).toBeGreaterThan(hole.fromMs);
    }
    const newest = Math.max(...holes.map(({ to }) => to));
    expect(await progress()).toMatchObject({
      state: 'holes',
      holes: holes.length,
      completeFrom: newest,
      etaMs: null,
    });
    expect(alerts()[0]?.fields).toMatchObject({ kind: 'backfill', errorCode: 'api_BROKEN_RANGE' });

    isBroken = false;
    await pass(6 * 60);
    expect(await lacking()).toEqual([]);
    expect(await status()).toMatchObject({ holes: [], completeFrom: oldest });
    expect(await progress()).toMatchObject({ state: 'done', holes: 0 });
  });

  it('is asked for a few times a day, and not in every run', async () => {
    await (await harness.mirror()).backfill.start(oldest);
    await pass(120);
    let refused = 0;
    for (const until = harness.nowMs + 3 * hourMs; harness.nowMs < until; harness.nowMs += 5 * minuteMs) {
      const { backfill } = await harness.mirror({
        fetch: refusingWithin(hole, harness.facepass.fetch, () => {
          refused++;
          return new Response(null, { status: 400 });
        }),
      });
      expect(await backfill.nextMonth()).toBeNull();
    }
    expect(refused).toBe(0);
  });

  it('is tried at once when older history is resumed', async () => {
    await (await harness.mirror()).backfill.start(oldest);
    await pass(120);
    isBroken = false;
    await (await harness.mirror()).backfill.resume();
    await pass(10);
    expect(await lacking()).toEqual([]);
    expect(await status()).toMatchObject({ holes: [] });
  });

  it('and is days long, as where FacePass keeps no more, is not asked for in ever more pieces', async () => {
    hole = { fromMs: oldest - dayMs, toMs: noonMs - 11 * dayMs };
    await (await harness.mirror()).backfill.start(oldest);
    await pass(6 * 60);
    expect((await progress())?.state).toBe('holes');
    const open = await env.DB.prepare("SELECT count(*) AS n FROM slices WHERE state = 'open'").first<{
      n: number;
    }>();
    expect(open?.n).toBeLessThan(120);
    // Once more after six hours, then not for twelve, and so on.
    await pass(8 * 60);
    harness.requests.length = 0;
    await pass(4 * 60);
    const asked = harness.requests.filter(({ url }) => url.endsWith('-history')).length;
    expect(asked).toBeLessThan(48 * 8);
    expect(await lacking(hole.toMs + minuteMs)).toEqual([]);

    await (await harness.mirror()).backfill.cancel();
    const { state, holes, completeFrom = 0 } = (await progress()) ?? {};
    expect({ state, holes }).toEqual({ state: 'done', holes: 0 });
    expect(Math.abs((completeFrom ?? 0) - hole.toMs)).toBeLessThan(dayMs);
    expect((await status())?.holes).toEqual([]);
  });

  it('of today does not keep the mirror from going on behind it, and what it holds is not called complete', async () => {
    const from = harness.nowMs + 20 * minuteMs;
    hole = { fromMs: from, toMs: from + 10 * minuteMs };
    const lost = from + 5 * minuteMs;
    for (let minutes = 0; minutes < 90; minutes += 5) {
      harness.nowMs += 5 * minuteMs;
      await harness.verifications(harness.nowMs - minuteMs);
      await harness.sync(world());
    }
    const at = await status();
    expect(at?.completeUntil).toBe(harness.nowMs);
    expect(at?.completeFrom).toBeGreaterThanOrEqual(hole.toMs);
    expect(at?.completeFrom).toBeLessThanOrEqual(hole.toMs + 5 * minuteMs);
    const { reporter } = await harness.mirror();
    const isComplete = async (fromMs: number, to: number) =>
      (await reporter.report({ name: 'entries_by_hour', from: fromMs, to })).complete;
    expect(await isComplete(lost - minuteMs, lost + minuteMs)).toBe(false);
    expect(await isComplete(at?.completeFrom ?? 0, harness.nowMs)).toBe(true);
    expect(await lacking(noonMs)).not.toEqual([]);

    isBroken = false;
    await pass(6 * 60 + 5);
    expect(await lacking(noonMs)).toEqual([]);
    expect(await status()).toMatchObject({ holes: [], completeUntil: harness.nowMs });
  });

  it('is told from a FacePass that gives nothing at all, whose history is waited for', async () => {
    const completeUntil = (await status())?.completeUntil;
    const down = { fetch: async () => new Response(null, { status: 500 }) };
    for (let run = 0; run < 10; run++) {
      harness.nowMs += 25 * minuteMs;
      await harness.sync(down);
    }
    expect(alerts()).toEqual([]);
    expect(await status()).toMatchObject({ holes: [], completeUntil });
  });

  it('is left as it was by a rebuild, which takes over all the same', async () => {
    isBroken = false;
    await (await harness.mirror()).backfill.start(oldest);
    await pass(10);
    expect(await lacking()).toEqual([]);
    isBroken = true;
    await (await harness.mirror()).backfill.rebuild();
    for (let turns = 0; turns < 40 && (await progress())?.rebuild !== false; turns++) {
      await pass(5);
      const { backfill } = await harness.mirror(world());
      if ((await backfill.nextMonth()) === null) while ((await backfill.conclude()) !== 'done');
    }
    expect(await progress()).toMatchObject({ rebuild: false, state: 'holes' });
    expect(await lacking()).toEqual([]);
    const absent = await env.DB.prepare(
      'SELECT count(*) AS n FROM verifications WHERE absent_at IS NOT NULL',
    ).first();
    expect(absent).toEqual({ n: 0 });
    isBroken = false;
    await pass(6 * 60);
    expect(await progress()).toMatchObject({ state: 'done' });
    expect(await lacking()).toEqual([]);
  });

  it('stays a hole when what is left of a backfill is given up', async () => {
    await (await harness.mirror()).backfill.start(oldest);
    await pass(120);
    const { completeFrom } = (await progress()) ?? {};
    await (await harness.mirror()).backfill.cancel();
    expect(await progress()).toMatchObject({ state: 'holes', completeFrom });
    isBroken = false;
    await pass(6 * 60);
    expect(await progress()).toMatchObject({ state: 'done', completeFrom: oldest });
    expect(await lacking()).toEqual([]);
  });

  it('is what cannot be read to a proven end however often, though some of it is read each time', async () => {
    await harness.verifications(...Array.from({ length: 30 }, () => harness.nowMs + minuteMs));
    const leadingNowhere = async (request: Request): Promise<Response> => {
      if (!request.url.endsWith('face-verify-history')) return await harness.facepass.fetch(request);
      const { nextCursor: _, ...asked } = (await request.clone().json()) as Record<string, unknown>; // our own request
      const init = { method: 'POST', headers: request.headers, body: JSON.stringify({ ...asked, size: 10 }) };
      const response = await harness.facepass.fetch(new Request(request.url, init));
      const body = (await response.json()) as { success: { nextCursor?: string } }; // the simulator's own answer
      return Response.json({ ...body, success: { ...body.success, nextCursor: null } });
    };
    for (let run = 0; run < 24; run++) {
      harness.nowMs += 5 * minuteMs;
      await harness.sync({ fetch: leadingNowhere });
    }
    expect((await status())?.holes).toMatchObject([
      { from: noonMs, to: noonMs + 5 * minuteMs, code: 'too_dense' },
    ]);
    expect(await status()).toMatchObject({ completeUntil: harness.nowMs });
  });

  it('is given up with the rest where nothing before it was read', async () => {
    await (await harness.mirror()).backfill.start(oldest);
    await env.DB.prepare("UPDATE slices SET set_aside_at = 1 WHERE kind = 'backfill' AND to_ms <= ?1")
      .bind(oldest + 2 * dayMs)
      .run();
    await (await harness.mirror()).backfill.cancel();
    expect(await progress()).toMatchObject({ state: 'none', completeFrom: noonMs - dayMs });
  });
});
