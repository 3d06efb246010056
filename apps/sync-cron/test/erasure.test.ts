import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import afterRestore from '../operations/after-restore.sql?raw';
import worker from '../src/index.ts';
import { mirroredVerifications, snapshot } from './support/compare.ts';
import { decision, people } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { service } from './support/service.ts';

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
  const items = ['member-1', 'member-2'].flatMap((merchantUserKey) =>
    [1, 2, 3].map((hour) => ({ atMs: noonMs - hour * hourMs, merchantUserKey })),
  );
  await harness.facepass.control.run('records/verifications', { items });
});

async function rowsOf(merchantUserKey: string): Promise<number> {
  const mirror = await harness.mirror();
  return (await mirror.read.verifications({ merchantUserKey })).length;
}

async function linksTo(merchantUserKey: string): Promise<unknown[]> {
  const hmac = await (await people()).hmac(merchantUserKey);
  const tables = await snapshot('persons', 'verifications', 'registrations', 'decisions', 'quarantine');
  return Object.values(tables)
    .flat()
    .filter((row) => JSON.stringify(row).includes(hmac));
}

async function rowsIn(table: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results;
}

async function put(table: string, rows: readonly Record<string, unknown>[]): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(`DELETE FROM ${table}`),
    ...rows.map((row) =>
      env.DB.prepare(
        `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
          .map(() => '?')
          .join(', ')})`,
      ).bind(...Object.values(row)),
    ),
  ]);
}

describe('an erased person', () => {
  it('leaves their rows, about nobody', async () => {
    await harness.sync();
    const mirror = await harness.mirror();
    expect(await mirror.erasure.erase('member-1')).toBe(true);
    expect(await rowsOf('member-1')).toBe(0);
    expect(await rowsOf('member-2')).toBe(3);
    expect((await mirroredVerifications()).filter((row) => row.merchantUserKey === null)).toHaveLength(3);
    expect(await linksTo('member-1')).toEqual([]);
  });

  it('does not come back through a re-walk, a proof or new rows, and the re-reading writes nothing', async () => {
    await harness.sync();
    await (await harness.mirror()).erasure.erase('member-1');
    const before = await snapshot('verifications', 'persons');
    for (let day = 0; day < 3; day++) {
      harness.nowMs += dayMs;
      await harness.sync();
    }
    expect(await snapshot('verifications', 'persons')).toEqual(before);
    await harness.facepass.control.run('records/verifications', {
      items: [{ atMs: harness.nowMs, merchantUserKey: 'member-1' }],
    });
    harness.nowMs += minuteMs;
    await harness.sync();
    expect(await rowsOf('member-1')).toBe(0);
    expect(await linksTo('member-1')).toEqual([]);
    const anonymous = await env.DB.prepare(
      'SELECT count(*) AS n FROM verifications WHERE person_id = 0',
    ).first();
    expect(anonymous).toEqual({ n: 1 });
  });

  it('does not come back through decisions, dead letters and their replay', async () => {
    const dead = createMessageBatch('facepass-decisions-dlq', [
      { id: 'before', timestamp: noonMs, attempts: 1, body: await decision('d1', 'member-1') },
    ]);
    await worker.queue(dead, env);
    const mirror = await harness.mirror();
    await mirror.erasure.erase('member-1');
    const late = createMessageBatch('facepass-decisions-dlq', [
      { id: 'after', timestamp: noonMs, attempts: 1, body: await decision('d2', 'member-1') },
      { id: 'other', timestamp: noonMs, attempts: 1, body: await decision('d3', 'member-2') },
    ]);
    await worker.queue(late, env);
    expect(await mirror.replayDeadLetters()).toEqual({ stored: 1, refused: 0 });
    await mirror.consumeDecisions(
      createMessageBatch('facepass-decisions', [
        { id: 'm', timestamp: noonMs, attempts: 1, body: await decision('d4', 'member-1') },
      ]),
    );
    expect(await linksTo('member-1')).toEqual([]);
    const decisions = await mirror.read.decisions({});
    expect(decisions.map(({ id, merchantUserKey }) => [id, merchantUserKey])).toEqual([
      ['d4', null],
      ['d3', 'member-2'],
    ]);
  });

  it('does not come back through a backfill, nor through a rebuild of everything', async () => {
    const older = [3, 4, 5].map((day) => ({ atMs: noonMs - day * dayMs, merchantUserKey: 'member-1' }));
    await harness.facepass.control.run('records/verifications', { items: older });
    await harness.facepass.control.run('records/registrations', {
      items: [{ atMs: noonMs - 4 * dayMs, merchantUserKey: 'member-1', auditStatus: 'SUCCESS' }],
    });
    await harness.sync();
    const mirror = await harness.mirror();
    await mirror.erasure.erase('member-1');
    const readOlder = async () => {
      for (;;) {
        const { backfill } = await harness.mirror();
        const month = await backfill.nextMonth();
        if (month === null) return;
        await backfill.turn(month);
      }
    };
    const expectNobody = async () => {
      const rows = (await mirroredVerifications()).filter((row) => row.merchantUserKey !== 'member-2');
      expect(rows.map((row) => row.merchantUserKey)).toEqual(Array.from({ length: 6 }, () => null));
      expect(await rowsOf('member-1')).toBe(0);
      expect(await linksTo('member-1')).toEqual([]);
      const registrations = await (await harness.mirror()).read.registrations({ limit: 10 });
      expect(registrations).toMatchObject([{ merchantUserKey: null }]);
    };
    await mirror.backfill.start(noonMs - 6 * dayMs);
    await readOlder();
    await expectNobody();
    await mirror.backfill.rebuild();
    await readOlder();
    for (let tries = 0; tries < 20; tries++) {
      if ((await (await harness.mirror()).backfill.conclude()) === 'done') break;
      await harness.sync();
    }
    const { results } = await env.DB.prepare('SELECT generation FROM streams').all();
    expect(results).toEqual([{ generation: 1 }, { generation: 1 }]);
    await expectNobody();
  });

  it('does not come back with a restored database, once what the operator is to run has run', async () => {
    await harness.sync();
    await worker.queue(
      createMessageBatch('facepass-decisions-dlq', [
        { id: 'm', timestamp: noonMs, attempts: 1, body: await decision('d1', 'member-1') },
      ]),
      env,
    );
    const tables = ['persons', 'tombstones', 'dead_letters'] as const;
    const backup = await Promise.all(tables.map(async (table) => [table, await rowsIn(table)] as const));
    await (await harness.mirror()).erasure.erase('member-1');
    const tombstones = await rowsIn('tombstones');
    expect(tombstones).toHaveLength(1);

    for (const [table, rows] of backup) await put(table, rows);
    expect(await linksTo('member-1')).not.toEqual([]);
    await put('tombstones', tombstones);
    const statements = afterRestore.split(';').filter((statement) => statement.trim() !== '');
    expect(statements.length).toBeGreaterThan(3);
    await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
    expect(await linksTo('member-1')).toEqual([]);
    expect(await rowsIn('dead_letters')).toEqual([]);
    expect(await rowsOf('member-2')).toBe(3);
  });

  it('who was never seen is remembered all the same', async () => {
    expect(await (await harness.mirror()).erasure.erase('member-1')).toBe(false);
    await harness.sync();
    expect(await rowsOf('member-1')).toBe(0);
    expect(await rowsOf('member-2')).toBe(3);
  });

  it('takes their unreadable rows along, though FacePass wrote the key as a number', async () => {
    const unreadable = { id: null, merchantUserKey: 17, verifyTs: 'soon' };
    const fetch = async (request: Request): Promise<Response> => {
      const response = await harness.facepass.fetch(request);
      if (!request.url.endsWith('face-verify-history')) return response;
      const body = (await response.json()) as { success: object }; // the simulator's own answer
      return Response.json({ ...body, success: { ...body.success, items: [unreadable] } });
    };
    await harness.sync({ fetch });
    expect((await snapshot('quarantine'))['quarantine']).toHaveLength(1);
    await (await harness.mirror()).erasure.erase('17');
    await harness.sync({ fetch });
    expect(await snapshot('quarantine')).toEqual({ quarantine: [] });
  });

  it('stays erased in what was mirrored before, though a rebuild reads it again after they were readmitted', async () => {
    await harness.sync();
    const mirror = await harness.mirror();
    await mirror.erasure.erase('member-1');
    const before = (await mirroredVerifications()).filter(({ merchantUserKey }) => merchantUserKey === null);
    expect(before).toHaveLength(3);
    await mirror.erasure.readmit('member-1');
    await harness.facepass.control.run('records/verifications', {
      items: [{ atMs: harness.nowMs, merchantUserKey: 'member-1' }],
    });
    harness.nowMs += minuteMs;
    await harness.sync();
    await mirror.backfill.rebuild();
    for (let month = await mirror.backfill.nextMonth(); month !== null; ) {
      await (await harness.mirror()).backfill.turn(month);
      month = await mirror.backfill.nextMonth();
    }
    while ((await (await harness.mirror()).backfill.conclude()) !== 'done');
    harness.nowMs += dayMs;
    await harness.sync();
    const after = await mirroredVerifications();
    expect(after.filter(({ merchantUserKey }) => merchantUserKey === null)).toEqual(before);
    expect(after.filter(({ merchantUserKey }) => merchantUserKey === 'member-1')).toHaveLength(1);
  });

  it('may come again once readmitted, without what was erased', async () => {
    await harness.sync();
    const mirror = await harness.mirror();
    await mirror.erasure.erase('member-1');
    await mirror.erasure.readmit('member-1');
    await harness.facepass.control.run('records/verifications', {
      items: [{ atMs: harness.nowMs, merchantUserKey: 'member-1' }],
    });
    harness.nowMs += dayMs;
    await harness.sync();
    expect(await rowsOf('member-1')).toBe(1);
  });

  it('comes again with what happens from then on alone, whenever it comes', async () => {
    const mirror = await harness.mirror();
    await mirror.erasure.erase('member-1');
    await mirror.erasure.readmit('member-1');
    // FacePass tells only now of what happened before.
    await harness.facepass.control.run('records/verifications', {
      items: [{ atMs: harness.nowMs, merchantUserKey: 'member-1' }],
    });
    harness.nowMs += minuteMs;
    await harness.sync();
    expect(await rowsOf('member-1')).toBe(1);
    const answers = [
      await decision('before', 'member-1', { at: noonMs - minuteMs }),
      await decision('after', 'member-1', { at: noonMs }),
    ];
    await mirror.consumeDecisions(
      createMessageBatch(
        'facepass-decisions',
        answers.map((body) => ({ id: body.id, timestamp: body.at, attempts: 1, body })),
      ),
    );
    const named = (await mirror.read.decisions({})).map(({ id, merchantUserKey }) => [id, merchantUserKey]);
    expect(Object.fromEntries(named)).toEqual({ before: null, after: 'member-1' });
  });
});

describe('a dead letter that brought several decisions', () => {
  it('is kept as one letter for each, so that the erasure of one person leaves the others', async () => {
    const decisions = [await decision('d1', 'gone'), await decision('d2', 'stays')];
    await worker.queue(
      createMessageBatch('facepass-decisions-dlq', [
        { id: 'm', timestamp: noonMs, attempts: 6, body: { v: 1, decisions } },
      ]),
      env,
    );
    await service.erasePerson('gone');
    expect(await service.replayDeadLetters()).toEqual({ stored: 1, refused: 0 });
    expect((await snapshot('decisions'))['decisions']).toMatchObject([{ id: 'd2' }]);
  });
});

describe('a dead letter', () => {
  it('that is still no decision stays, with the field that is to blame and nothing of its content', async () => {
    const body = { ...(await decision('d1', 'member-1')), effect: 'maybe' };
    const batch = createMessageBatch('facepass-decisions-dlq', [
      { id: 'm1', timestamp: noonMs, attempts: 1, body },
    ]);
    await worker.queue(batch, env);
    await worker.queue(batch, env);
    expect(await (await harness.mirror()).replayDeadLetters()).toEqual({ stored: 0, refused: 1 });
    const { results } = await env.DB.prepare('SELECT id, problem FROM dead_letters').all();
    expect(results).toEqual([{ id: 'm1', problem: 'unreadable effect' }]);
  });
});
