import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { reportName } from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { r2Archive } from '../src/archive/archive-bucket.ts';
import { archive } from '../src/archive/archiver.ts';
import { exportRows } from '../src/exports/export-rows.ts';
import { createReporter } from '../src/reports/reporter.ts';
import { d1Database } from '../src/store/database.ts';
import { decision, people } from './support/decisions.ts';
import { hourMs, minuteMs } from './support/harness.ts';
import {
  archiveAll,
  aSettledMonth,
  beginInJanuary,
  february,
  harness,
  lateRow,
  parts,
  rowsHere,
  rowsThere,
  start,
} from './support/settled-month.ts';

beforeEach(beginInJanuary);

describe('the archive', () => {
  const request = {
    table: 'verifications',
    format: 'ndjson',
    from: start,
    to: february,
    keys: true,
  } as const;

  async function exported(change: object = {}): Promise<Record<string, unknown>[]> {
    const mirror = await harness.mirror();
    const text = await new Response(mirror.exportRows({ ...request, ...change })).text();
    return text
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
  }

  const sorted = (rows: readonly Record<string, unknown>[]) => rows.map((row) => JSON.stringify(row)).sort();

  it('holds no key and no reference of a person', async () => {
    await aSettledMonth();
    const { results } = await env.DB.prepare('SELECT hmac FROM persons WHERE id > 0').all<{ hmac: string }>();
    expect(results.length).toBe(4);
    await archiveAll();
    const text = JSON.stringify([...(await rowsThere('verifications')), ...(await rowsThere('decisions'))]);
    for (const { hmac } of results) expect(text).not.toContain(hmac);
    expect(text).not.toContain('member-');
  });

  it('is exported as the rows were before, whole or in part', async () => {
    await aSettledMonth();
    const part = { from: start + 3 * hourMs, to: start + 14 * hourMs };
    const before = [await exported(), await exported(part), await exported({ table: 'decisions' })];
    await archiveAll();
    const after = [await exported(), await exported(part), await exported({ table: 'decisions' })];
    expect(after.map(sorted)).toEqual(before.map(sorted));
    expect(after.map(({ length }) => length)).toEqual([25, 11, 12]);
  });

  it('is exported with the rows that came later, each once and as it was last', async () => {
    await aSettledMonth();
    await archiveAll();
    await lateRow();
    expect(await exported()).toHaveLength(26);
    await archiveAll();
    const rows = await exported();
    expect(rows).toHaveLength(26);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(26);
  });

  it('is about nobody where a person was erased, whatever comes after', async () => {
    await aSettledMonth();
    await archiveAll();
    const named = async () => new Set((await exported()).map(({ merchantUserKey }) => merchantUserKey));
    expect([...(await named())].sort()).toEqual(['member-0', 'member-1', 'member-2', 'member-3']);
    await (await harness.mirror()).erasure.erase('member-1');
    expect(await named()).toEqual(new Set(['member-0', null, 'member-2', 'member-3']));
    await lateRow();
    await archiveAll();
    expect(await named()).toEqual(new Set(['member-0', null, 'member-2', 'member-3']));
    expect(JSON.stringify(await exported())).not.toContain(await hmacOf('member-1'));
  });

  it('stays about nobody where a person was erased and taken in again, though FacePass tells of the month once more', async () => {
    await aSettledMonth();
    await archiveAll();
    const { erasure } = await harness.mirror();
    await erasure.erase('member-1');
    const before = await exported();
    await erasure.readmit('member-1');
    await harness.verifications(harness.nowMs, harness.nowMs + minuteMs, harness.nowMs + 2 * minuteMs);
    harness.nowMs += hourMs;
    await env.DB.prepare(
      `INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at) VALUES ('verifications', 0, 'rewalk', ?, ?, 0)`,
    )
      .bind(start, february)
      .run();
    await harness.sync();
    expect(await rowsHere()).toHaveLength(25 + 3);
    expect(sorted(await exported())).toEqual(sorted(before));
    await archiveAll();
    expect(sorted(await exported())).toEqual(sorted(before));
    const since = await exported({ from: harness.nowMs - 2 * hourMs, to: harness.nowMs });
    expect(since.map(({ merchantUserKey }) => merchantUserKey)).toContain('member-1');
  });

  it('is named by a report that it keeps from being complete', async () => {
    await aSettledMonth();
    const count = async (name: 'entries_by_day' | 'permits_by_zone') =>
      await (await harness.mirror()).reporter.report({ name, from: start, to: february + hourMs });
    expect(await count('entries_by_day')).toMatchObject({ complete: true, archived: null });
    await archiveAll();
    const { ARCHIVE: _, ...without } = env;
    const { reporter } = await harness.mirror({}, without);
    const query = { from: start, to: february + hourMs };
    expect(await reporter.report({ name: 'entries_by_day', ...query })).toEqual({
      name: 'entries_by_day',
      complete: false,
      archived: { from: start, to: february, rows: 25 },
      rows: [],
    });
    expect(await reporter.report({ name: 'permits_by_zone', ...query })).toMatchObject({
      complete: false,
      archived: { rows: 12 },
    });
  });

  it('is counted by every report as the rows were before, also with rows that came later', async () => {
    await harness.facepass.control.run('records/verifications', {
      items: [{ atMs: start + minuteMs, status: 'FAIL', resultCode: 'FACE_NOT_FOUND' }],
    });
    await aSettledMonth();
    await (await harness.mirror()).consumeDecisions(
      createMessageBatch('facepass-decisions', [
        {
          id: 'm',
          timestamp: 0,
          attempts: 1,
          body: await decision('deny', 'member-1', {
            at: start + hourMs,
            effect: 'deny',
            reason: 'no_grant',
          }),
        },
        {
          id: 'n',
          timestamp: 0,
          attempts: 1,
          body: await decision('again', 'member-1', { at: start + hourMs, repeatOf: 'd1' }),
        },
      ]),
    );
    const counted = async () => {
      const { reporter } = await harness.mirror();
      const query = { from: start + minuteMs, to: february + hourMs };
      return await Promise.all(reportName.options.map((name) => reporter.report({ name, ...query })));
    };
    const before = await counted();
    expect(before.filter(({ rows }) => rows.length > 0).map(({ name }) => name)).toEqual([
      'entries_by_hour',
      'entries_by_day',
      'entries_by_device',
      'entries_by_place',
      'permits_by_zone',
      'permits_by_group',
      'denials_by_reason',
      'failures_by_result',
      'device_last_seen',
    ]);
    await archiveAll();
    expect(await rowsHere()).toEqual([]);
    expect(await counted()).toEqual(before);
    // Re-walks of a month that is gone bring its rows again: they count once.
    await lateRow();
    const total = (reports: typeof before) => reports.find(({ name }) => name === 'entries_by_day')?.rows;
    const entries = (total(await counted()) ?? []).reduce((sum, { count }) => sum + count, 0);
    expect(entries).toBe((total(before) ?? []).reduce((sum, { count }) => sum + count, 0) + 1);
  });

  it('is not counted twice by a report during which rows are moved', async () => {
    await aSettledMonth();
    const database = d1Database(env.DB);
    const reporter = createReporter({
      database: {
        execute: async (statements) => {
          const results = await database.execute(statements);
          if (statements.some(({ sql }) => sql.includes('GROUP BY 1'))) await archiveAll();
          return results;
        },
      },
      bucket: r2Archive(env.ARCHIVE),
      mayGoOn: () => true,
      timeZone: 'Asia/Seoul',
    });
    const { rows, complete } = await reporter.report({
      name: 'entries_by_device',
      from: start,
      to: february,
    });
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(25);
    expect(complete).toBe(true);
  });

  it('stays as it is when the history is rebuilt, and is not read again for it', async () => {
    await aSettledMonth();
    // The weekly re-walk still reaches into the month after so long a rest.
    await harness.sync();
    await archiveAll();
    expect(await rowsHere()).toEqual([]);
    const before = await exported();
    expect(before).toHaveLength(25);
    await (await harness.mirror()).backfill.rebuild();
    expect(await archive(parts({ afterMonths: 0 }))).toBe(0);
    for (;;) {
      const { backfill } = await harness.mirror();
      const month = await backfill.nextMonth();
      if (month === null) break;
      await backfill.turn(month);
    }
    while ((await (await harness.mirror()).backfill.conclude()) !== 'done');
    for (let run = 0; run < 4; run++) {
      await harness.sync();
      harness.nowMs += 5 * minuteMs;
    }
    expect(await rowsHere()).toEqual([]);
    expect(await exported()).toEqual(before);
  });

  it('breaks an export off whose rows are moved while it is read, and one whose file was written over', async () => {
    await aSettledMonth();
    const database = d1Database(env.DB);
    const pulled = exportRows(request, {
      database: {
        execute: async (statements) => {
          if (statements.some(({ sql }) => sql.includes('json_array'))) await archiveAll();
          return await database.execute(statements);
        },
      },
      people: await people(),
      bucket: r2Archive(env.ARCHIVE),
      mayGoOn: () => true,
    });
    await expect(new Response(pulled).text()).rejects.toThrow('ask again');
    expect(await exported()).toHaveLength(25);
    const { objects } = await env.ARCHIVE.list({ prefix: 'verifications/' });
    const [first, second] = objects;
    if (first === undefined || second === undefined) throw new Error('there are no two files');
    await env.ARCHIVE.put(first.key, (await env.ARCHIVE.get(second.key))?.body ?? null);
    await expect(exported()).rejects.toThrow('another than was put');
  });

  it('that is not bound breaks an export off, and so does a file that is gone', async () => {
    await aSettledMonth();
    await archiveAll();
    const { ARCHIVE: _, ...without } = env;
    const unbound = (await harness.mirror({}, without)).exportRows(request);
    await expect(new Response(unbound).text()).rejects.toThrow('no archive is bound');
    const { objects } = await env.ARCHIVE.list({ prefix: 'verifications/' });
    await env.ARCHIVE.delete(objects.map(({ key }) => key));
    await expect(exported()).rejects.toThrow('not where it was put');
  });
});

async function hmacOf(merchantUserKey: string): Promise<string> {
  return await (await people()).hmac(merchantUserKey);
}
