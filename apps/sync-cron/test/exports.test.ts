import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ExportRequest } from '@facepass-kit/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportRows, pageSql } from '../src/exports/export-rows.ts';
import { exportSources } from '../src/exports/export-tables.ts';
import { d1Database } from '../src/store/database.ts';
import { decision, people } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { service } from './support/service.ts';

const range = { from: noonMs - dayMs, to: noonMs };
let harness: Harness;

beforeAll(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
  await harness.facepass.control.run('records/verifications', {
    items: [
      { atMs: noonMs - hourMs, merchantUserKey: '=member-1', deviceId: '=cmd|calc', params: { 층: 3 } },
      { atMs: noonMs - hourMs, merchantUserKey: null, status: 'FAIL', resultCode: 'FACE_NOT_FOUND' },
    ],
    generate: { count: 12_000, fromMs: noonMs - 12 * hourMs, toMs: noonMs - 2 * hourMs },
  });
  await harness.facepass.control.run('records/registrations', {
    items: [{ atMs: noonMs - hourMs, merchantUserKey: 'member-2', auditStatus: 'WAITING' }],
  });
  const bodies = [
    await decision('d1', 'member-2', { at: noonMs - hourMs }),
    await decision('d2', 'nobody-entered', { at: noonMs - 5 * hourMs }),
  ];
  const mirror = await harness.mirror();
  await mirror.consumeDecisions(
    createMessageBatch(
      'facepass-decisions',
      bodies.map((body) => ({ id: body.id, timestamp: noonMs, attempts: 1, body })),
    ),
  );
  await harness.sync();
});

async function textOf(query: ExportRequest): Promise<string> {
  return await new Response(await service.exportRows(query)).text();
}

async function linesOf(query: Omit<ExportRequest, 'format'>) {
  const lines = (await textOf({ ...query, format: 'ndjson' })).trimEnd().split('\n');
  return lines.map((line): Record<string, unknown> => JSON.parse(line));
}

describe('an export', () => {
  it('gives every row of its range once, in order of time, over many pages', async () => {
    const rows = await linesOf({ table: 'verifications', ...range });
    expect(rows).toHaveLength(12_002);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(12_002);
    const times = rows.map(({ verifiedAt }) => String(verifiedAt));
    expect(times).toEqual([...times].sort());
  });

  it('takes its beginning and leaves its end', async () => {
    const at = noonMs - hourMs;
    const from = async (a: number, b: number) =>
      (await textOf({ table: 'verifications', from: a, to: b, format: 'csv' })).split('\r\n').length - 2;
    expect([await from(at, at + 1), await from(at - 1, at)]).toEqual([2, 0]);
  });

  it('names people by reference, and by key only where that was asked for', async () => {
    const { hmac } = await (await people()).of('member-2');
    const query = { table: 'registrations', ...range } as const;
    expect(await linesOf(query)).toEqual([
      {
        id: '1',
        eventAt: '2026-01-09T02:00:00.000Z',
        eventRaw: expect.any(String),
        timeZone: 'Asia/Seoul',
        auditStatus: 'WAITING',
        otherFields: null,
        absentAt: null,
        person: hmac,
      },
    ]);
    expect(await linesOf({ ...query, keys: true })).toMatchObject([
      { person: hmac, merchantUserKey: 'member-2' },
    ]);
    expect(await textOf({ ...query, format: 'csv' })).not.toContain('member-2');
  });

  it('holds nothing that a spreadsheet would run, and opens in one as Korean', async () => {
    const text = await textOf({
      table: 'verifications',
      from: noonMs - hourMs,
      to: noonMs,
      format: 'csv',
      keys: true,
    });
    const bytes = new Uint8Array(
      await new Response(
        await service.exportRows({ table: 'findings', ...range, format: 'csv', keys: false }),
      ).arrayBuffer(),
    );
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(text).toContain("'=cmd|calc");
    expect(text).toContain(",'=member-1\r\n");
    expect(text).toContain('"{""층"":3}"');
    for (const line of text.split('\r\n')) expect(line).not.toMatch(/(^|,)"?[=+@-]/);
  });

  it('gives decisions and findings with what they are about', async () => {
    expect(await linesOf({ table: 'decisions', ...range, keys: true })).toMatchObject([
      { id: 'd2', merchantUserKey: 'nobody-entered' },
      { id: 'd1', zoneId: 'gym', effect: 'permit', person: expect.any(String), merchantUserKey: 'member-2' },
    ]);
    const { reconciler } = await harness.mirror();
    await reconciler.range(noonMs - 6 * hourMs, noonMs - 4 * hourMs);
    const findings = await linesOf({ table: 'findings', ...range, keys: true });
    expect(findings).toContainEqual({
      kind: 'permit_unused',
      at: '2026-01-08T22:00:00.000Z',
      verificationId: null,
      decisionId: 'd2',
      deviceId: null,
      zoneId: 'gym',
      person: expect.any(String),
      merchantUserKey: 'nobody-entered',
    });
  });

  it('breaks off with an error where it cannot be brought to its end', async () => {
    const parts = { database: d1Database(env.DB), people: await people(), bucket: undefined };
    let pages = 0;
    const query = { table: 'verifications', format: 'ndjson', ...range, keys: false } as const;
    const stream = exportRows(query, { ...parts, mayGoOn: () => ++pages <= 2 });
    await expect(new Response(stream).text()).rejects.toThrow('shorter range');
    const failing = { execute: async () => Promise.reject(new Error('D1 is away')) };
    const broken = exportRows(query, { ...parts, database: failing, mayGoOn: () => true });
    await expect(new Response(broken).text()).rejects.toThrow('D1 is away');
  });

  it('reads no more than is taken of it', async () => {
    let pages = 0;
    const stream = exportRows(
      { table: 'verifications', format: 'ndjson', ...range, keys: false },
      { database: d1Database(env.DB), people: await people(), bucket: undefined, mayGoOn: () => ++pages > 0 },
    );
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    expect(pages).toBe(1);
  });

  it('refuses a range that is too long before the first byte', async () => {
    const parts = {
      database: d1Database(env.DB),
      people: await people(),
      bucket: undefined,
      mayGoOn: () => true,
    };
    const query = { table: 'verifications', from: 0, to: 33 * dayMs, keys: false } as const;
    expect(() => exportRows(query, parts)).toThrow('32 days');
  });

  it.each(['verifications', 'registrations', 'decisions', 'findings'] as const)(
    'of %s reads a stretch of an index by time and sorts nothing',
    async (table) => {
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${pageSql(exportSources[table])}`)
        .bind(0, 1, 0, '', 10)
        .all<{ detail: string }>();
      const steps = results.map(({ detail }) => detail);
      expect(steps[0]).toMatch(/^SEARCH r USING (COVERING )?INDEX \w+/);
      expect(steps.filter((step) => step.startsWith('SCAN'))).toEqual([]);
      if (table !== 'findings')
        expect(steps.filter((step) => step.includes('TEMP B-TREE FOR ORDER BY'))).toEqual([]);
    },
  );
});
