/** A history read again into a generation of its own, beside the one that everybody reads. */
import { env } from 'cloudflare:workers';
import type { VerificationItem } from '@facepass-kit/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { budgets } from '../src/sync/budget.ts';
import {
  mirroredRegistrations,
  mirroredVerifications,
  trueRegistrations,
  trueVerifications,
} from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { mortal } from './support/mortal.ts';

const start = noonMs - 3 * dayMs;
let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness({ historyStartAt: () => start });
  await harness.facepass.control.run('records/verifications', {
    generate: { count: 150, fromMs: start, toMs: noonMs },
  });
  await harness.facepass.control.run('records/registrations', {
    generate: { count: 20, fromMs: start, toMs: noonMs },
  });
  await harness.sync();
});

async function expectTruth(): Promise<void> {
  expect(await mirroredVerifications()).toEqual(await trueVerifications(harness, start, harness.nowMs));
  expect(await mirroredRegistrations()).toEqual(await trueRegistrations(harness, start, harness.nowMs));
}

type World = Parameters<Harness['mirror']>[0];

async function read(world: World = {}): Promise<void> {
  for (;;) {
    const { backfill } = await harness.mirror(world);
    const month = await backfill.nextMonth();
    if (month === null) return;
    await backfill.turn(month);
  }
}

async function conclude(world: World = {}): Promise<void> {
  while ((await (await harness.mirror(world)).backfill.conclude()) !== 'done');
}

const generations = async () =>
  (
    await env.DB.prepare(
      "SELECT generation, phase, (SELECT count(*) FROM verifications v WHERE v.generation = g.generation) AS n FROM generations g WHERE stream = 'verifications' ORDER BY generation",
    ).all()
  ).results;

/** FacePass, which has lost the rows of these ids. */
function without(...ids: string[]) {
  return async (request: Request): Promise<Response> => {
    const response = await harness.facepass.fetch(request);
    if (!request.url.endsWith('face-verify-history')) return response;
    const body = (await response.json()) as { success: { items: VerificationItem[] } }; // the simulator's own answer
    const items = body.success.items.filter(({ id }) => !ids.includes(id));
    return Response.json({ ...body, success: { ...body.success, items } });
  };
}

describe('a rebuild', () => {
  it('reads everything again, and the old rows are read until it is done', async () => {
    await env.DB.prepare("UPDATE verifications SET status = 'OLD READING'").run();
    await (await harness.mirror()).backfill.rebuild();
    const progress = (await (await harness.mirror()).backfill.progress())[1];
    expect(progress).toMatchObject({ state: 'running', rebuild: true, slicesDone: 0, completeFrom: start });
    await read();
    expect((await (await harness.mirror()).backfill.progress())[1]).toMatchObject({ state: 'concluding' });
    const before = await mirroredVerifications();
    expect(before).toHaveLength(150);
    expect(before.every(({ fields }) => fields.includes('OLD READING'))).toBe(true);
    await conclude();
    await expectTruth();
    expect(await generations()).toEqual([
      { generation: 0, phase: 'gone', n: 0 },
      { generation: 1, phase: 'kept', n: 150 },
    ]);
    expect((await (await harness.mirror()).backfill.progress())[1]).toMatchObject({
      state: 'done',
      rebuild: false,
    });
  });

  it('after the time zone was set right takes nothing for absent that FacePass still has', async () => {
    await emptyStores();
    await migrate();
    // A day of both histories; the wrong zone has the first nine hours of it from before its beginning.
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 60, fromMs: start - 20 * hourMs, toMs: start },
    });
    await harness.sync({}, { timeZone: 'UTC' });
    const misread = await mirroredVerifications();
    expect(misread.length).toBeGreaterThan(0);
    harness.nowMs += minuteMs;
    await (await harness.mirror()).backfill.rebuild();
    await read();
    await conclude();
    harness.nowMs += minuteMs;
    await harness.sync();
    expect(harness.log.filter(({ event }) => event === 'sync.rebuild_absent')).toEqual([]);
    const rows = await mirroredVerifications();
    const truth = await trueVerifications(harness, start - 30 * hourMs, harness.nowMs);
    const since = (from: number) => (one: { atMs: number }) => one.atMs >= from;
    expect(rows.filter(since(start))).toEqual(truth.filter(since(start)));
    // What was mirrored of before is right as well.
    expect(rows.map(({ id, atMs }) => [id, atMs])).toEqual(
      truth.filter(({ id }) => rows.some((row) => row.id === id)).map(({ id, atMs }) => [id, atMs]),
    );
    for (const { id } of misread) expect(rows.map((row) => row.id)).toContain(id);
  });

  it('keeps what happens meanwhile: new rows, late rows, decided audits', async () => {
    await harness.become({ auditChange: 'update-and-move' });
    await harness.facepass.control.run('registrations/enrol', {
      merchantUserKey: 'member-w',
      auditStatus: 'WAITING',
    });
    await harness.sync();
    await (await harness.mirror()).backfill.rebuild();
    await read();
    harness.nowMs += hourMs;
    await harness.verifications(harness.nowMs - minuteMs, harness.nowMs - 3 * hourMs);
    await harness.facepass.control.run('registrations/audit', {
      merchantUserKey: 'member-w',
      auditStatus: 'SUCCESS',
    });
    await harness.sync();
    await conclude();
    await expectTruth();
    harness.nowMs += 5 * minuteMs;
    await harness.verifications(harness.nowMs - 1_000);
    await harness.sync();
    await expectTruth();
  });

  it('does not forget how long audits had waited', async () => {
    await harness.become({ auditChange: 'update' });
    const enrol = async (merchantUserKey: string) =>
      await harness.facepass.control.run('registrations/enrol', { merchantUserKey, auditStatus: 'WAITING' });
    const decide = async (merchantUserKey: string) =>
      await harness.facepass.control.run('registrations/audit', { merchantUserKey, auditStatus: 'SUCCESS' });
    const revisions = async () =>
      (
        await env.DB.prepare(
          `SELECT id, audit_status, revision, fetched_at FROM registrations JOIN streams USING (generation)
           WHERE stream = 'registrations' AND revision > 0 ORDER BY id`,
        ).all()
      ).results;
    await enrol('member-v');
    await enrol('member-w');
    harness.nowMs += minuteMs;
    await harness.sync();
    harness.nowMs += 3 * hourMs;
    await decide('member-v');
    harness.nowMs += minuteMs;
    await harness.sync();
    const before = await revisions();
    expect(before).toHaveLength(1);
    harness.nowMs += 5 * hourMs;
    await decide('member-w');
    harness.nowMs += minuteMs;
    await (await harness.mirror()).backfill.rebuild();
    await read();
    const readAt = harness.nowMs;
    harness.nowMs += hourMs;
    await conclude();
    const after = await revisions();
    expect(after).toHaveLength(2);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.filter(({ fetched_at }) => fetched_at === readAt)).toMatchObject([
      { audit_status: 'SUCCESS', revision: 1 },
    ]);
    await expectTruth();
  });

  it('marks what FacePass has no more as absent, judged over the whole history, and deletes none of it', async () => {
    const lost = (await mirroredVerifications()).slice(3, 6).map(({ id }) => id);
    harness.nowMs += minuteMs;
    await (await harness.mirror()).backfill.rebuild();
    await read({ fetch: without(...lost) });
    await conclude();
    const { results } = await env.DB.prepare(
      'SELECT id FROM verifications WHERE generation = 1 AND absent_at IS NOT NULL ORDER BY id',
    ).all();
    expect(results.map(({ id }) => id)).toEqual([...lost].sort());
    expect(harness.log).toContainEqual({
      level: 'alert',
      event: 'sync.rebuild_absent',
      fields: { stream: 'verifications', rows: 3 },
    });
    // What is there again, or was only overlooked, loses its mark with the next reading.
    harness.nowMs += 8 * dayMs;
    await harness.sync();
    await expectTruth();
  });

  it('leaves alone what lies outside of the stretch it reads', async () => {
    await env.DB.prepare(
      "UPDATE verifications SET id = 'older', verified_at = ? WHERE id = (SELECT min(id) FROM verifications)",
    )
      .bind(start - dayMs)
      .run();
    harness.nowMs += minuteMs;
    await (await harness.mirror()).backfill.rebuild();
    await read();
    await conclude();
    expect(
      await env.DB.prepare("SELECT generation, absent_at FROM verifications WHERE id = 'older'").first(),
    ).toEqual({ generation: 1, absent_at: null });
  });

  it('does not bring an erased person back', async () => {
    const [row] = await mirroredVerifications();
    const key = row?.merchantUserKey ?? '';
    await (await harness.mirror()).backfill.rebuild();
    await (await harness.mirror()).erasure.erase(key);
    await read();
    await conclude();
    const rows = await mirroredVerifications();
    expect(rows).toHaveLength(150);
    expect(rows.map(({ merchantUserKey }) => merchantUserKey)).not.toContain(key);
  });

  it('is one at a time, and goes on from where it was after it was asked for twice', async () => {
    await (await harness.mirror()).backfill.rebuild();
    await (await harness.mirror()).backfill.rebuild();
    await read();
    await (await harness.mirror()).backfill.rebuild();
    await conclude();
    expect((await generations()).map(({ generation, phase }) => [generation, phase])).toEqual([
      [0, 'gone'],
      [1, 'kept'],
    ]);
    await (await harness.mirror()).backfill.rebuild();
    await read();
    await conclude();
    await expectTruth();
    expect((await generations()).at(-1)).toEqual({ generation: 2, phase: 'kept', n: 150 });
  });

  it('that is cancelled leaves the old rows in force and nothing of its own', async () => {
    await (await harness.mirror()).backfill.rebuild();
    const { backfill } = await harness.mirror({ limits: { ...budgets.paid, subrequests: 8 } });
    await backfill.turn((await backfill.nextMonth()) ?? '');
    await (await harness.mirror()).backfill.cancel();
    await conclude();
    await expectTruth();
    expect(await generations()).toEqual([
      { generation: 0, phase: 'kept', n: 150 },
      { generation: 1, phase: 'gone', n: 0 },
    ]);
  });

  it('can be killed at any point of its changing over, beside a scheduled run, and is completed', async () => {
    await (await harness.mirror()).backfill.rebuild();
    await read();
    for (let moment = 0, isOver = false; !isOver; moment++) {
      harness.nowMs += minuteMs;
      const victim = mortal(moment, { fetch: harness.facepass.fetch, database: env.DB });
      const mirror = await harness.mirror({ fetch: victim.fetch }, { DB: victim.database });
      await Promise.all([
        mirror.backfill.conclude().catch((error: unknown) => {
          if (!victim.isDead) throw error;
        }),
        moment % 2 === 0 ? harness.sync() : undefined,
      ]);
      isOver = !victim.isDead;
      if (isOver) {
        expect(moment).toBeGreaterThan(4);
        continue;
      }
      // The next victim starts over, unless this one had already changed over.
      await conclude();
      harness.nowMs += 5 * minuteMs;
      await harness.sync();
      await expectTruth();
      await (await harness.mirror()).backfill.rebuild();
      await read();
    }
    await conclude();
    await expectTruth();
  });

  it('is changed over once, though a conductor that was taken for lost goes on after its replacement, or dies then', async () => {
    for (let halt = 0, isOver = false; !isOver; halt++) {
      for (const dies of [false, true]) {
        await (await harness.mirror()).backfill.rebuild();
        await read();
        let contacts = 0;
        /** Stands still before its contact `halt` until another has done all of it; where it dies, right after that one. */
        const slow = new Proxy(env.DB, {
          get(target, key) {
            if (key !== 'batch') return Reflect.get(target, key);
            return async (statements: D1PreparedStatement[]) => {
              const contact = contacts++;
              if (dies && contact > halt) throw new Error('gone');
              if (contact === halt) await conclude();
              return await target.batch(statements);
            };
          },
        });
        const mirror = await harness.mirror({}, { ...env, DB: slow });
        await mirror.backfill.conclude().catch((error: unknown) => {
          if (!dies) throw error;
        });
        isOver = contacts <= halt;
        await conclude();
        harness.nowMs += 5 * minuteMs;
        await harness.verifications(harness.nowMs - minuteMs);
        const report = await harness.sync();
        expect(
          report.streams.map(({ slices }) => slices > 0),
          `halted before contact ${halt}`,
        ).toEqual([true, true]);
        await expectTruth();
      }
    }
  });
});
