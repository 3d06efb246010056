import { createScheduledController } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { syncReport } from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import worker from '../src/index.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { service } from './support/service.ts';

beforeEach(async () => {
  await emptyStores();
  await migrate();
});

describe('the Worker', () => {
  it('answers /healthz and nothing else over HTTP', async () => {
    const health = await exports.default.fetch('https://sync.test/healthz');
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    for (const path of ['/', '/healthz/', '/admin', '/runs']) {
      expect((await exports.default.fetch(`https://sync.test${path}`)).status).toBe(404);
    }
  });

  it('mirrors on its schedule', async () => {
    await worker.scheduled(createScheduledController({ cron: '*/5 * * * *' }), env);
    const run = await env.DB.prepare('SELECT trigger FROM runs').all();
    expect(run.results).toEqual([{ trigger: 'cron' }]);
  });

  it('throws on a schedule it does not know, so that a typing error does not pass for a sync', async () => {
    await expect(worker.scheduled(createScheduledController({ cron: '0 0 * * *' }), env)).rejects.toThrow(
      '0 0 * * *',
    );
  });

  it('mirrors on request through its entrypoint and gives the rows back', async () => {
    const report = syncReport.parse(await service.sync());
    expect(report).toMatchObject({ trigger: 'request' });
    expect(report.streams.map(({ stream, outcome }) => [stream, outcome])).toEqual([
      ['registrations', 'completed'],
      ['verifications', 'completed'],
    ]);
    // FacePass is one for all test files here, and others write visits of their own.
    const kept = await env.DB.prepare('SELECT count(*) AS rows FROM verifications').first<{ rows: number }>();
    expect(await service.recentVerifications({ limit: 1_000 })).toHaveLength(kept?.rows ?? -1);
    expect(await service.recentRegistrations({ limit: 1 })).toEqual([]);
  });

  it('refuses an unbounded look', async () => {
    const mirror = await (await createHarness()).mirror();
    await expect(mirror.read.verifications({ limit: 1_001 })).rejects.toThrow('limit');
  });
});
