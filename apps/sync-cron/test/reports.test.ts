import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { reportName } from '@facepass-kit/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { reportPlan } from '../src/reports/report-queries.ts';
import { decision } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

/** 2026-01-09 09:00 in Seoul. */
const nine = noonMs - 3 * hourMs;
let harness: Harness;

beforeAll(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
  const visit = (atMs: number, deviceId: string, fields: object = {}) => ({
    atMs,
    deviceId,
    merchantUserKey: 'member-1',
    ...fields,
  });
  await harness.facepass.control.run('records/verifications', {
    items: [
      visit(nine, 'IPAD001'),
      visit(nine + 59 * minuteMs, 'IPAD002', { params: { floor: '10' } }),
      visit(nine + hourMs, 'IPAD001'),
      visit(nine - 10 * hourMs, 'IPAD001'),
      visit(nine + 5 * minuteMs, 'IPAD003', { status: 'FAIL', resultCode: 'FACE_NOT_FOUND' }),
    ],
  });
  await harness.facepass.control.run('records/registrations', {
    items: [
      { atMs: nine, merchantUserKey: 'member-1', auditStatus: 'SUCCESS' },
      { atMs: nine + minuteMs, merchantUserKey: 'member-2', auditStatus: 'WAITING' },
      { atMs: nine + hourMs, merchantUserKey: 'member-3', auditStatus: 'WAITING' },
      { atMs: nine - 20 * minuteMs, merchantUserKey: 'member-1', auditStatus: 'WAITING' },
      { atMs: nine - hourMs, merchantUserKey: 'member-1', auditStatus: 'WAITING' },
    ],
  });
  const answers = [
    decision('d1', 'member-1', { at: nine }),
    decision('d2', 'member-1', { at: nine, repeatOf: 'd1' }),
    decision('d3', 'member-1', { at: nine, zoneId: 'pool' }),
    decision('d5', 'member-2', {
      at: nine,
      zoneId: 'pool',
      inputs: { v: 1, member: { groups: ['staff', 'crew'] } },
    }),
    decision('d4', 'member-1', { at: nine, effect: 'deny', reason: 'closed_now' }),
  ];
  const messages = (await Promise.all(answers)).map((body) => ({
    id: body.id,
    timestamp: nine,
    attempts: 1,
    body,
  }));
  const mirror = await harness.mirror();
  await mirror.consumeDecisions(createMessageBatch('facepass-decisions', messages));
  await harness.sync();
});

const range = { from: noonMs - dayMs, to: noonMs };

describe('a report', () => {
  it.each([
    [
      'entries_by_hour',
      [
        { key: '2026-01-08T23:00', count: 1, at: null },
        { key: '2026-01-09T09:00', count: 2, at: null },
        { key: '2026-01-09T10:00', count: 1, at: null },
      ],
    ],
    [
      'entries_by_day',
      [
        { key: '2026-01-08', count: 1, at: null },
        { key: '2026-01-09', count: 3, at: null },
      ],
    ],
    [
      'entries_by_device',
      [
        { key: 'IPAD001', count: 3, at: null },
        { key: 'IPAD002', count: 1, at: null },
      ],
    ],
    [
      'permits_by_zone',
      [
        { key: 'gym', count: 1, at: null },
        { key: 'pool', count: 2, at: null },
      ],
    ],
    [
      'permits_by_group',
      [
        { key: 'crew', count: 1, at: null },
        { key: 'staff', count: 3, at: null },
      ],
    ],
    [
      'entries_by_place',
      [
        { key: '{"floor":"10"}', count: 1, at: null },
        { key: '{}', count: 3, at: null },
      ],
    ],
    [
      'registrants_by_status',
      [
        { key: 'SUCCESS', count: 1, at: null },
        { key: 'WAITING', count: 2, at: null },
      ],
    ],
    ['audit_waiting', [{ key: 'under an hour', count: 1, at: null }]],
    ['denials_by_reason', [{ key: 'closed_now', count: 1, at: null }]],
    ['failures_by_result', [{ key: 'FACE_NOT_FOUND', count: 1, at: null }]],
    [
      'registrations_by_status',
      [
        { key: 'SUCCESS', count: 1, at: null },
        { key: 'WAITING', count: 4, at: null },
      ],
    ],
    ['audits_undecided', [{ key: 'WAITING', count: 2, at: nine + minuteMs }]],
    [
      'device_last_seen',
      [
        { key: 'IPAD001', count: 3, at: nine + hourMs },
        { key: 'IPAD002', count: 1, at: nine + 59 * minuteMs },
        { key: 'IPAD003', count: 1, at: nine + 5 * minuteMs },
      ],
    ],
  ] as const)('counts %s', async (name, rows) => {
    const { reporter } = await harness.mirror();
    expect(await reporter.report({ name, ...range })).toEqual({ name, complete: true, archived: null, rows });
  });

  it('says when its range is not completely mirrored', async () => {
    const { reporter } = await harness.mirror();
    const reaching = async (from: number, to: number) =>
      (await reporter.report({ name: 'entries_by_day', from, to })).complete;
    expect(await reaching(noonMs - dayMs, noonMs + 1)).toBe(false);
    expect(await reaching(noonMs - 3 * dayMs, noonMs)).toBe(false);
  });

  it('refuses a range without an end', async () => {
    const { reporter } = await harness.mirror();
    const query = { name: 'entries_by_day', from: 0, to: noonMs } as const;
    await expect(reporter.report(query)).rejects.toThrow('at most a year');
  });

  it('counts a long range in parts that each end well before a query is stopped, and adds them up', async () => {
    const { reporter } = await harness.mirror();
    const long = { from: noonMs - 300 * dayMs, to: noonMs };
    const { parts } = reportPlan('entries_by_day', { ...long, offsetMs: 0 });
    expect(parts.length).toBe(43);
    const inParts = await reporter.report({ name: 'device_last_seen', from: nine - 20 * dayMs, to: noonMs });
    const atOnce = await reporter.report({ name: 'device_last_seen', ...range });
    expect(inParts.rows).toEqual(atOnce.rows);
    // A boundary between two parts of the range lies among the rows.
    const cut = await reporter.report({ name: 'entries_by_day', from: nine - 7 * dayMs + 1, to: noonMs });
    expect(cut.rows.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  });

  it.each(reportName.options)('%s reads an index and no whole table', async (name) => {
    for (const { sql, params = [] } of reportPlan(name, { ...range, offsetMs: 9 * hourMs }).parts) {
      const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...params)
        .all<{ detail: string }>();
      const steps = plan.results.map(({ detail }) => detail);
      expect(steps.join('\n')).toMatch(
        /SEARCH (verifications|registrations|decisions) USING INDEX \w+_(by_time|waiting)/,
      );
      // The groups of a decision are a table of their own to SQLite; a subquery's result is what was searched.
      const scans = steps.filter((detail) => /^SCAN (?!member_group|\(subquery)/.test(detail));
      expect(scans).toEqual([]);
    }
  });
});
