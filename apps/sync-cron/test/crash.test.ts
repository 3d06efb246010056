import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clearMirror } from './support/clear.ts';
import {
  mirroredRegistrations,
  mirroredVerifications,
  trueRegistrations,
  trueVerifications,
} from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { mortal } from './support/mortal.ts';

/**
 * A run is killed at each of its contacts with the outside, before and after it takes place: those are its await
 * points, since everything else it awaits is in its own memory.
 */
const start = noonMs - 6 * hourMs;
/** Where a backfill begins: two days back, in the same month. */
const older = noonMs - 2 * 24 * hourMs;

beforeAll(async () => {
  await emptyStores();
  await migrate();
});
beforeEach(clearMirror);

/** A small world that still needs several pages, several commits, both streams, a re-walk and a proof. */
async function createWorld(): Promise<Harness> {
  const harness = await createHarness({ historyStartAt: () => start });
  await harness.become({ maxPageSize: 10, auditChange: 'update-and-move' });
  await harness.facepass.control.run('records/verifications', {
    generate: { count: 33, fromMs: start, toMs: noonMs, resultCodes: ['FACE_NOT_FOUND'] },
  });
  await harness.facepass.control.run('records/registrations', {
    generate: { count: 7, fromMs: start, toMs: noonMs },
  });
  return harness;
}

/** What happens between the first run and the one that dies. */
async function livesOn(harness: Harness): Promise<void> {
  await harness.facepass.control.run('registrations/enrol', {
    merchantUserKey: 'member-w',
    auditStatus: 'WAITING',
  });
  harness.nowMs += 30 * hourMs;
  await harness.verifications(harness.nowMs - 20 * minuteMs, harness.nowMs - hourMs, harness.nowMs);
  await harness.facepass.control.run('registrations/audit', {
    merchantUserKey: 'member-w',
    auditStatus: 'SUCCESS',
  });
}

async function expectTruth(harness: Harness, moment: number, fromMs = start): Promise<void> {
  const context = `killed at moment ${moment}`;
  expect(await mirroredVerifications(), context).toEqual(
    await trueVerifications(harness, fromMs, harness.nowMs),
  );
  expect(await mirroredRegistrations(), context).toEqual(
    await trueRegistrations(harness, fromMs, harness.nowMs),
  );
  const open = await env.DB.prepare("SELECT count(*) AS n FROM slices WHERE state = 'open'").first();
  expect(open, context).toEqual({ n: 0 });
}

/** One life: the run that dies at `moment`, alone or beside another owner, and those that follow. */
async function live(moment: number, afterFirst: boolean, others: number): Promise<number> {
  await clearMirror();
  const harness = await createWorld();
  if (afterFirst) {
    await harness.sync();
    await livesOn(harness);
  }
  const victim = mortal(moment, { fetch: harness.facepass.fetch, database: env.DB });
  const dying = async (): Promise<void> => {
    const mirror = await harness.mirror({ fetch: victim.fetch, rowsPerCommit: 10 }, { DB: victim.database });
    await mirror.sync('cron').catch((error: unknown) => {
      if (!victim.isDead) throw error;
    });
  };
  await Promise.all([dying(), ...Array.from({ length: others }, () => harness.sync())]);
  expect(victim.isDead, `moment ${moment} came`).toBe(moment < victim.contacts * 2);
  harness.nowMs += 5 * minuteMs;
  await harness.sync();
  await expectTruth(harness, moment);
  return victim.contacts * 2;
}

describe('a run that is killed', () => {
  it.each([
    ['while it reads history for the first time', false],
    ['while it takes up what is new, reads again and proves', true],
  ])('at any point %s leaves a mirror that the next runs complete', async (_, afterFirst) => {
    const moments = await live(Number.POSITIVE_INFINITY, afterFirst, 0);
    expect(moments).toBeGreaterThan(30);
    for (let moment = 0; moment < moments; moment++) await live(moment, afterFirst, 0);
  });

  it.each([
    ['while both read history for the first time', false],
    ['while both take up what is new, read again and prove', true],
  ])(
    'at any point beside another owner of the same slices, %s, leaves a mirror that is completed too',
    async (_, afterFirst) => {
      const moments = await live(Number.POSITIVE_INFINITY, afterFirst, 1);
      for (let moment = 0; moment < moments; moment++) await live(moment, afterFirst, 1);
    },
  );
});

/** One life of a Workflow's step: a turn of a backfill, or the changing over after a rebuild, that dies and is repeated. */
async function liveOlder(moment: number, work: 'backfill' | 'rebuild'): Promise<number> {
  await clearMirror();
  const harness = await createWorld();
  await harness.facepass.control.run('records/verifications', {
    generate: { count: 25, fromMs: older, toMs: start - 1 },
  });
  await harness.sync();
  const { backfill } = await harness.mirror();
  const readAll = async (): Promise<void> => {
    for (;;) {
      const { backfill } = await harness.mirror();
      const month = await backfill.nextMonth();
      if (month === null) return;
      await backfill.turn(month);
      harness.nowMs += 3 * minuteMs;
    }
  };
  await backfill.start(older);
  if (work === 'rebuild') {
    await readAll();
    await backfill.rebuild();
    await readAll();
  }
  const victim = mortal(moment, { fetch: harness.facepass.fetch, database: env.DB });
  const step = async (): Promise<void> => {
    const { backfill } = await harness.mirror(
      { fetch: victim.fetch, rowsPerCommit: 10 },
      { DB: victim.database },
    );
    if (work === 'rebuild') await backfill.conclude();
    else await backfill.turn((await backfill.nextMonth()) ?? '');
  };
  await step().catch((error: unknown) => {
    if (!victim.isDead) throw error;
  });
  expect(victim.isDead, `moment ${moment} came`).toBe(moment < victim.contacts * 2);
  harness.nowMs += 5 * minuteMs;
  await readAll();
  while ((await (await harness.mirror()).backfill.conclude()) === 'more');
  await harness.sync();
  await expectTruth(harness, moment, older);
  return victim.contacts * 2;
}

describe('a step of a Workflow that is killed', () => {
  it.each(['backfill', 'rebuild'] as const)(
    'at any point of a %s leaves a mirror that its repetition completes',
    async (work) => {
      const moments = await liveOlder(Number.POSITIVE_INFINITY, work);
      expect(moments).toBeGreaterThan(10);
      for (let moment = 0; moment < moments; moment++) await liveOlder(moment, work);
    },
  );
});

/** D1, which fails `times` in a row from its n-th batch on: before it takes place (even), or its answer being lost (odd). */
function faltering(
  moment: number,
  times: number,
): { readonly database: D1Database; readonly batches: number } {
  let batches = 0;
  const database = new Proxy(env.DB, {
    get(target, key) {
      if (key !== 'batch') {
        const member: unknown = Reflect.get(target, key);
        return typeof member === 'function' ? member.bind(target) : member;
      }
      return async (statements: D1PreparedStatement[]) => {
        const index = batches++;
        const fails = index >= Math.floor(moment / 2) && index < Math.floor(moment / 2) + times;
        if (fails && moment % 2 === 0) throw new Error('D1_ERROR: Network connection lost.');
        const results = await target.batch(statements);
        if (fails) throw new Error('D1_ERROR: Network connection lost.');
        return results;
      };
    },
  });
  return {
    database,
    get batches() {
      return batches;
    },
  };
}

describe('a run whose database fails', () => {
  /** One scheduled invocation, whose pieces go on whatever becomes of the one before. */
  async function falter(moment: number, times: number): Promise<number> {
    await clearMirror();
    const harness = await createWorld();
    await harness.sync();
    await livesOn(harness);
    const d1 = faltering(moment, times);
    const mirror = await harness.mirror({ rowsPerCommit: 10 }, { DB: d1.database }).catch(() => null);
    if (mirror !== null) {
      await mirror.sync('cron').catch(() => undefined);
      await mirror.reconciler.due().catch(() => undefined);
      await mirror.askLeavers().catch(() => undefined);
      await mirror.tidy().catch(() => undefined);
    }
    harness.nowMs += 5 * minuteMs;
    await harness.sync();
    await expectTruth(harness, moment);
    const rows = await env.DB.prepare(
      'SELECT (SELECT count(*) FROM proofs) AS proofs, (SELECT count(*) FROM missing_rows) AS missing, (SELECT count(*) FROM verifications WHERE revision > 0) AS revised',
    ).first();
    expect(rows, `failed at moment ${moment}`).toMatchObject({ missing: 0, revised: 0 });
    return d1.batches * 2;
  }

  it.each([1, 4])('%d times in a row, at any of its statements, is completed by the next', async (times) => {
    const moments = await falter(Number.POSITIVE_INFINITY, times);
    expect(moments).toBeGreaterThan(30);
    for (let moment = 0; moment < moments; moment++) await falter(moment, times);
  });
});
