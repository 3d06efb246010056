/** Backfills and rebuilds as deployed: real Workflow instances, which reach FacePass over the network they believe in. */
import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../src/index.ts';
import { mirroredVerifications } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { dayMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { service } from './support/service.ts';

const ROWS = 240;
/** Two months back, so that several children are needed. */
const newest = Date.now() - 60_000;
const oldest = newest - 62 * dayMs;

async function control(command: string, input: object): Promise<void> {
  const response = await fetch(`https://facepass.test/_sim/${command}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientId: env.FACEPASS_CLIENT_ID, ...input }),
  });
  if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
}

beforeAll(() =>
  control('records/verifications', { generate: { count: ROWS, fromMs: oldest, toMs: newest } }),
);

beforeEach(async () => {
  await emptyStores();
  await migrate();
  await service.sync();
});

async function conductor(): Promise<WorkflowInstance> {
  const row = await env.DB.prepare('SELECT instance FROM backfill_conductor').first<{ instance: string }>();
  return await env.BACKFILL.get(row?.instance ?? '');
}

const until = { timeout: 120_000, interval: 250 };

async function untilConducted(): Promise<void> {
  await vi.waitFor(
    async () => expect(await (await conductor()).status()).toMatchObject({ status: 'complete' }),
    until,
  );
}

afterEach(async () => {
  await service.cancelBackfill();
  await untilConducted();
});

const progress = async () => (await service.backfillProgress())[1];

describe('the Workflows of a backfill', () => {
  it('read every month in a child of their own, newest first, to the oldest row', async () => {
    await service.startBackfill(oldest);
    await untilConducted();
    expect(await progress()).toMatchObject({
      state: 'done',
      completeFrom: Math.floor(oldest / 1_000) * 1_000,
    });
    expect(await mirroredVerifications()).toHaveLength(ROWS);
    const { id } = await conductor();
    for (const round of [1, 2]) {
      const child = await env.BACKFILL_MONTH.get(`${id}-${round}`);
      expect(await child.status()).toMatchObject({ status: 'complete' });
    }
  });

  it('rest while a backfill is paused, and are woken when it is resumed', async () => {
    await service.pauseBackfill();
    await service.startBackfill(oldest);
    await vi.waitFor(async () => {
      const row = await env.DB.prepare('SELECT reader FROM backfill_conductor').first<{
        reader: string | null;
      }>();
      expect(row?.reader).toBeTruthy();
    }, until);
    expect(await progress()).toMatchObject({ state: 'paused', slicesDone: 0 });
    await service.resumeBackfill();
    await untilConducted();
    expect(await progress()).toMatchObject({ state: 'done' });
    expect(await mirroredVerifications()).toHaveLength(ROWS);
  });

  it('end when a backfill is cancelled', async () => {
    await service.pauseBackfill();
    await service.startBackfill(oldest);
    await service.cancelBackfill();
    await untilConducted();
    expect((await mirroredVerifications()).length).toBeLessThan(ROWS);
  });

  it('are replaced by the next scheduled run where an instance was lost', async () => {
    await service.pauseBackfill();
    await service.startBackfill(oldest);
    const lost = await conductor();
    await lost.terminate();
    await env.DB.prepare('UPDATE generations SET backfill_paused = 0').run();
    await worker.scheduled(createScheduledController({ cron: '*/5 * * * *' }), env);
    expect((await conductor()).id).not.toBe(lost.id);
    await untilConducted();
    expect(await mirroredVerifications()).toHaveLength(ROWS);
  });

  it('are replaced where an instance was lost whose reader was in the middle of a month', async () => {
    await service.startBackfill(oldest);
    const lost = await conductor();
    await vi.waitFor(
      async () => {
        const held = await env.DB.prepare('SELECT 1 FROM slices WHERE lease_until > ?1')
          .bind(Date.now())
          .first();
        expect(held).not.toBeNull();
      },
      { ...until, interval: 2 },
    );
    await lost.terminate();
    await worker.scheduled(createScheduledController({ cron: '*/5 * * * *' }), env);
    await untilConducted();
    expect(await mirroredVerifications()).toHaveLength(ROWS);
    const reader = await env.BACKFILL_MONTH.get(`${lost.id}-1`);
    await vi.waitFor(async () => expect(await reader.status()).toMatchObject({ status: 'complete' }), until);
  });

  it('bring a rebuild to its end', async () => {
    await env.DB.prepare("UPDATE verifications SET status = 'OLD READING'").run();
    await service.startRebuild();
    await untilConducted();
    expect(await progress()).toMatchObject({ state: 'done', rebuild: false });
    const { results } = await env.DB.prepare(
      "SELECT DISTINCT status, generation FROM verifications WHERE status = 'OLD READING'",
    ).all();
    expect(results).toEqual([]);
    const stream = await env.DB.prepare(
      "SELECT generation FROM streams WHERE stream = 'verifications'",
    ).first();
    expect(stream).toEqual({ generation: 1 });
  });
});
