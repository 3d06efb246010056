import type { ExportRequest, ReportQuery } from '@facepass-kit/protocol';
import { describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, adminClient, freshStores, send } from './world.ts';

freshStores();

const DAY_MS = 86_400_000;
const asked: unknown[] = [];
const mirror = {
  report: async ({ name }: ReportQuery) => {
    asked.push(name);
    return {
      name,
      complete: true,
      rows: [
        { key: null, count: 2, at: null },
        { key: '=IPAD001', count: 1, at: 1_767_920_400_000 },
      ],
    };
  },
  exportRows: async (request: ExportRequest) => {
    asked.push(request);
    if (request.table === 'findings') {
      return new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('half'));
        },
        pull(controller) {
          controller.error(new Error('out of budget'));
        },
      });
    }
    return new Response('a,b\r\n').body;
  },
};
const seen = {
  status: async () => ({
    at: 1,
    streams: [],
    quarantined: 0,
    deadLetters: 2,
    unknownValues: [],
    leavers: { registered: 3 },
    archive: { until: null, rows: 0, bytes: 0 },
  }),
  runs: async ({ limit }: { limit: number }) => (limit === 20 ? [] : [{}]),
  findings: async () => [{ kind: 'permit_unused', at: 1, verificationId: null, decisionId: 'd1' }],
  reconcile: async () => [],
  replayDeadLetters: async () => ({ stored: 2, refused: 0 }),
};
const backfill = {
  ...Object.fromEntries(
    ['startBackfill', 'startRebuild', 'pauseBackfill', 'resumeBackfill', 'cancelBackfill'].map((name) => [
      name,
      async (...given: unknown[]) => void asked.push([name, ...given]),
    ]),
  ),
  backfillProgress: async () => [],
};
const overrides = {
  MIRROR: { ...mirror, ...seen, ...backfill },
  ADMIN_TOKENS: JSON.stringify([{ id: 'console', role: 'viewer', token: 'a-token-of-a-viewer' }]),
};

async function call(path: string, body?: object, token = ADMIN_TOKEN): Promise<Response> {
  const request = new Request(`https://edge.test/admin/v1/mirror/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return await send(request, overrides);
}

describe('a report', () => {
  it('is counted by the mirror for whoever may look', async () => {
    const response = await call(
      `reports/device_last_seen?from=0&to=${DAY_MS}`,
      undefined,
      'a-token-of-a-viewer',
    );
    expect(await response.json()).toMatchObject({ name: 'device_last_seen', complete: true });
  });

  it('is a file where a format is asked for, with nothing that a spreadsheet would run', async () => {
    const response = await call(`reports/entries_by_device?from=0&to=${DAY_MS}&format=csv`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="entries_by_device_1970-01-01T000000Z_1970-01-02T000000Z.csv"',
    );
    expect(await response.text()).toBe("key,count,at\r\n,2,\r\n'=IPAD001,1,2026-01-09T01:00:00.000Z\r\n");
    const lines = await (await call(`reports/entries_by_device?from=0&to=1&format=ndjson`)).text();
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).count),
    ).toEqual([2, 1]);
  });

  it.each([
    ['of no such name', 'reports/everything?from=0&to=1'],
    ['over a range that ends before it begins', 'reports/entries_by_day?from=2&to=1'],
    ['over more than a year', `reports/entries_by_day?from=0&to=${400 * DAY_MS}`],
    ['in a format nobody knows', 'reports/entries_by_day?from=0&to=1&format=xml'],
  ])('%s is refused before the mirror is asked', async (_, path) => {
    asked.length = 0;
    const response = await call(path);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    ]);
    expect(asked).toEqual([]);
  });
});

describe('an export', () => {
  const request = { table: 'verifications', from: 0, to: DAY_MS };

  it('goes through to the mirror and comes back as a file', async () => {
    asked.length = 0;
    const response = await call('export', request, 'a-token-of-a-viewer');
    expect(await response.text()).toBe('a,b\r\n');
    expect(response.headers.get('content-disposition')).toMatch(/filename="verifications_[\dTZ_-]+\.csv"/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(asked).toEqual([{ ...request, format: 'csv', keys: false }]);
  });

  it('names people by key to administrators only', async () => {
    asked.length = 0;
    const refused = await call('export', { ...request, keys: true }, 'a-token-of-a-viewer');
    expect([refused.status, asked]).toEqual([403, []]);
    await (await call('export', { ...request, keys: true })).text();
    expect(asked).toMatchObject([{ keys: true }]);
  });

  it('is in the audit trail, also where it was refused, with what was taken', async () => {
    await (await call('export', request)).text();
    await call('export', { ...request, keys: true }, 'a-token-of-a-viewer');
    const entries = await adminClient(overrides).audit();
    expect(entries.map(({ action, subject, status }) => [action, subject, status])).toEqual(
      expect.arrayContaining([
        ['mirror.export', 'verifications 1970-01-01T000000Z_1970-01-02T000000Z', 200],
        ['mirror.export_with_keys', 'verifications 1970-01-01T000000Z_1970-01-02T000000Z', 403],
      ]),
    );
  });

  it('breaks off where the mirror does, and does not pass for complete', async () => {
    const response = await call('export', { ...request, table: 'findings' });
    await expect(response.text()).rejects.toThrow();
  });
});

describe('the mirror', () => {
  const viewer = adminClient(overrides, 'a-token-of-a-viewer');
  const administrator = adminClient(overrides);

  it('shows how it stands and what it found to whoever may look', async () => {
    expect(await viewer.mirrorStatus()).toMatchObject({ deadLetters: 2, leavers: { registered: 3 } });
    expect(await viewer.mirrorRuns()).toEqual([]);
    expect(await viewer.findings({ kind: 'permit_unused' })).toMatchObject([{ decisionId: 'd1' }]);
  });

  it('compares again for operators, and takes dead letters up for administrators', async () => {
    await expect(viewer.reconcile(0, 1)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await administrator.reconcile(0, 1)).toEqual([]);
    await expect(administrator.reconcile(1, 1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(viewer.replayDeadLetters()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await administrator.replayDeadLetters()).toEqual({ stored: 2, refused: 0 });
  });

  it('reads older history, rests, goes on, gives up and reads again as operators order it', async () => {
    expect(await viewer.backfill()).toEqual([]);
    await expect(viewer.orderBackfill({ action: 'pause' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    asked.length = 0;
    await administrator.orderBackfill({ action: 'start', from: DAY_MS });
    for (const action of ['pause', 'resume', 'cancel', 'rebuild'] as const) {
      expect(await administrator.orderBackfill({ action })).toEqual([]);
    }
    expect(asked).toEqual([
      ['startBackfill', DAY_MS],
      ['pauseBackfill'],
      ['resumeBackfill'],
      ['cancelBackfill'],
      ['startRebuild'],
    ]);
    for (const order of [{ action: 'start' }, { action: 'start', from: -1 }, { action: 'stop' }]) {
      expect((await call('backfill', order)).status).toBe(400);
    }
    expect(asked).toHaveLength(5);
    const actions = (await administrator.audit()).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['backfill.start', 'backfill.rebuild']));
  });

  it('counts and exports through the typed client', async () => {
    const query = { name: 'entries_by_device', from: 0, to: DAY_MS } as const;
    expect((await viewer.mirrorReport(query)).rows).toHaveLength(2);
    const file = await viewer.exportRows({ table: 'verifications', from: 0, to: 1 });
    expect(await new Response(file).text()).toBe('a,b\r\n');
    const refused = viewer.exportRows({ table: 'verifications', from: 0, to: 1, keys: true });
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
