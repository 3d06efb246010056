import { createMessageBatch, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { reportName } from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { r2Archive } from '../src/archive/archive-bucket.ts';
import { type ArchiverParts, archive } from '../src/archive/archiver.ts';
import { archiveDatasets } from '../src/archive/datasets.ts';
import { readParquet } from '../src/archive/parquet.ts';
import { exportRows } from '../src/exports/export-rows.ts';
import { createReporter } from '../src/reports/reporter.ts';
import { d1Database } from '../src/store/database.ts';
import { decision, people } from './support/decisions.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { KilledError, mortal } from './support/mortal.ts';

/** The end of January, with a mirrored day of it. */
const february = Date.UTC(2026, 1);
const start = february - 26 * hourMs;
const reopened =
  "UPDATE slices SET state = 'open' WHERE id = (SELECT min(id) FROM slices WHERE stream = 'verifications')";
let harness: Harness;

beforeEach(async () => {
  await reset();
  await migrate();
  harness = await createHarness({ historyStartAt: () => start });
  harness.nowMs = start + hourMs;
});

/** Visits and answers in the last days of January, read, proven and compared, and looked at in March. */
async function aSettledMonth(count = 25): Promise<void> {
  const times = Array.from({ length: count }, (_, index) => start + index * hourMs + minuteMs);
  await harness.facepass.control.run('records/verifications', {
    items: times.map((atMs, index) => ({
      atMs,
      merchantUserKey: `member-${index % 4}`,
      params: { 층: index },
    })),
  });
  const bodies = await Promise.all(
    times.slice(0, 12).map((at, index) => decision(`d${index}`, `member-${index % 4}`, { at, code: null })),
  );
  await (await harness.mirror()).consumeDecisions(
    createMessageBatch(
      'facepass-decisions',
      bodies.map((body) => ({ id: body.id, timestamp: body.at, attempts: 1, body })),
    ),
  );
  harness.nowMs = february + 36 * hourMs;
  await settle();
  harness.nowMs = Date.UTC(2026, 2, 2);
}

/** Runs until January is read, proven and compared. */
async function settle(): Promise<void> {
  for (let run = 0; run < 10; run++) {
    await harness.sync();
    const { reconciler } = await harness.mirror();
    while ((await reconciler.due()).length > 0);
    harness.nowMs += 5 * minuteMs;
    const proven = await env.DB.prepare(
      "SELECT max(to_ms) AS until FROM proofs WHERE stream = 'verifications'",
    ).first<{ until: number | null }>();
    if ((proven?.until ?? 0) >= february) return;
  }
  throw new Error('the month does not settle');
}

function parts(change: Partial<ArchiverParts> = {}): ArchiverParts {
  const log = { info: () => {}, alert: (event: string, fields = {}) => void alerts.push({ event, fields }) };
  return {
    database: d1Database(env.DB),
    bucket: r2Archive(env.ARCHIVE),
    now: () => harness.nowMs,
    log,
    afterMonths: 1,
    rowsPerPart: 10,
    mayGoOn: () => true,
    ...change,
  };
}

let alerts: { event: string; fields: object }[] = [];
beforeEach(() => {
  alerts = [];
});

/** Archives until there is nothing to do. */
async function archiveAll(change: Partial<ArchiverParts> = {}): Promise<void> {
  while ((await archive(parts(change))) > 0);
}

async function rowsHere(): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare('SELECT * FROM verifications ORDER BY id').all()).results;
}

/** Every row of the archive, as its files say. */
async function rowsThere(name: 'verifications' | 'decisions'): Promise<Record<string, unknown>[]> {
  const dataset = archiveDatasets.find((one) => one.name === name);
  const { results } = await env.DB.prepare(
    'SELECT object_key FROM archive_parts WHERE dataset = ? AND dropped_at IS NOT NULL ORDER BY object_key',
  )
    .bind(name)
    .all<{ object_key: string }>();
  const rows: Record<string, unknown>[] = [];
  for (const { object_key } of results) {
    const file = await (await env.ARCHIVE.get(object_key))?.arrayBuffer();
    if (file === undefined || dataset === undefined) throw new Error(`${object_key} is not there`);
    for (const row of await readParquet(dataset.columns, file)) {
      rows.push(Object.fromEntries(dataset.columns.map((column, index) => [column.name, row[index]])));
    }
  }
  return rows;
}

const ids = (rows: readonly Record<string, unknown>[]): string[] => rows.map(({ id }) => String(id)).sort();

describe('a settled month', () => {
  it('is in R2 as Parquet, row for row, and no more in D1', async () => {
    await aSettledMonth();
    const before = await rowsHere();
    const decisionsBefore = (await env.DB.prepare('SELECT * FROM decisions').all()).results;
    expect(before).toHaveLength(25);
    await archiveAll();
    expect(await rowsHere()).toEqual([]);
    const there = await rowsThere('verifications');
    expect(ids(there)).toEqual(ids(before));
    for (const row of there) {
      const { time_zone, ...same } = row;
      const original = before.find(({ id }) => id === row['id']);
      expect(original).toMatchObject(same);
      expect(time_zone).toBe('Asia/Seoul');
    }
    expect(ids(await rowsThere('decisions'))).toEqual(ids(decisionsBefore));
    const months = await env.DB.prepare('SELECT dataset, month, state FROM archive_months ORDER BY 1').all();
    expect(months.results).toEqual([
      { dataset: 'decisions', month: '2026-01', state: 'archived' },
      { dataset: 'verifications', month: '2026-01', state: 'archived' },
    ]);
    expect(alerts).toEqual([]);
  });

  it('stays as long as it is to stay', async () => {
    await aSettledMonth();
    expect(await archive(parts({ afterMonths: 2 }))).toBe(0);
    harness.nowMs = february + 27 * dayMs;
    expect(await archive(parts())).toBe(0);
    expect(await rowsHere()).toHaveLength(25);
  });

  it('stays where no bucket is bound or no age is set', async () => {
    await aSettledMonth();
    const { ARCHIVE: _, ...without } = env;
    const unbound = await harness.mirror({}, without, { archiveAfterMonths: 1 });
    const unset = await harness.mirror({}, env, { archiveAfterMonths: undefined });
    expect([await unbound.archive(), await unset.archive()]).toEqual([0, 0]);
    const both = await harness.mirror({}, env, { archiveAfterMonths: 1 });
    expect(await both.archive()).toBeGreaterThan(0);
  });

  it.each([
    ['a slice of it is still to be read', reopened],
    ['it is not proven to its end', "UPDATE generations SET rewalks = '{}'"],
    [
      'a row of it may be absent',
      "INSERT INTO missing_rows SELECT 'verifications', generation, id, 0 FROM verifications LIMIT 1",
    ],
    [
      'an hour of it is to be compared again',
      'UPDATE reconciliations SET pass = 1 WHERE hour_ms < 1769900000000',
    ],
    ['its answers are not compared to its end', 'DELETE FROM reconciliations WHERE hour_ms >= 1769900000000'],
  ])('does not go while %s, not even half of it', async (_, change) => {
    await aSettledMonth();
    await env.DB.prepare(change).run();
    expect(await archive(parts())).toBe(0);
    expect(await rowsHere()).toHaveLength(25);
  });

  it('does not go once such a thing comes up between writing and dropping', async () => {
    await aSettledMonth();
    for (let steps = 0; steps < 4; steps++) {
      let left = 1;
      await archive(parts({ mayGoOn: () => left-- > 0 }));
    }
    await env.DB.prepare(reopened).run();
    await archiveAll();
    expect(await rowsHere()).toHaveLength(25);
  });
});

describe('archiving', () => {
  it('writes a part anew whose rows changed after they were written, and drops no unproven row', async () => {
    await aSettledMonth();
    let changed = false;
    const bucket = r2Archive(env.ARCHIVE);
    const holds: typeof bucket.holds = async (key, hash) => {
      if (!changed && key.startsWith('verifications/')) {
        changed = true;
        // As a re-walk in between would have it.
        await env.DB.prepare(
          "UPDATE verifications SET status = 'LATER', revision = revision + 1 WHERE id = (SELECT min(id) FROM verifications)",
        ).run();
      }
      return await bucket.holds(key, hash);
    };
    await archiveAll({ bucket: { ...bucket, holds } });
    expect(await rowsHere()).toEqual([]);
    const there = await rowsThere('verifications');
    expect(there).toHaveLength(25);
    expect(there.filter(({ status }) => status === 'LATER')).toHaveLength(1);
  });

  it('does not drop a row that came in the place of one that moved away in time', async () => {
    await aSettledMonth();
    let changed = false;
    const bucket = r2Archive(env.ARCHIVE);
    const holds: typeof bucket.holds = async (key, hash) => {
      if (!changed && key.startsWith('verifications/')) {
        changed = true;
        const first = 'id = (SELECT min(id) FROM verifications)';
        await env.DB.batch([
          env.DB.prepare(
            `INSERT INTO verifications (generation, id, verified_raw, verified_at, zone_id, fetched_at)
             SELECT generation, 'late', verified_raw, verified_at, zone_id, ? FROM verifications WHERE ${first}`,
          ).bind(harness.nowMs),
          env.DB.prepare(
            `UPDATE verifications SET verified_at = verified_at + ?, revision = revision + 1 WHERE ${first}`,
          ).bind(90 * dayMs),
        ]);
      }
      return await bucket.holds(key, hash);
    };
    await archiveAll({ bucket: { ...bucket, holds } });
    expect(await rowsHere()).toHaveLength(1);
    expect(ids(await rowsThere('verifications'))).toContain('late');
  });

  it('never writes over a file that another run has proven, though it was overtaken while it wrote', async () => {
    await aSettledMonth();
    const bucket = r2Archive(env.ARCHIVE);
    let overtaken = false;
    const put: typeof bucket.put = async (key, file, hash) => {
      if (!overtaken) {
        overtaken = true;
        await lateRow();
        await archiveAll();
      }
      await bucket.put(key, file, hash);
    };
    await archiveAll({ bucket: { ...bucket, put } });
    expect(await rowsHere()).toEqual([]);
    expect(new Set(ids(await rowsThere('verifications'))).size).toBe(26);
  });

  it('does not drop rows whose file was lost or is another, and writes them anew', async () => {
    await aSettledMonth();
    let steps = 0;
    const bucket = r2Archive(env.ARCHIVE);
    const holds: typeof bucket.holds = async (key, hash) => {
      if (++steps === 1) await env.ARCHIVE.delete(key);
      if (steps === 3) await env.ARCHIVE.put(key, 'something else');
      return await bucket.holds(key, hash);
    };
    await archiveAll({ bucket: { ...bucket, holds } });
    expect(alerts.map(({ event }) => event)).toEqual(['archive.file_lost', 'archive.file_lost']);
    expect(await rowsHere()).toEqual([]);
    expect(await rowsThere('verifications')).toHaveLength(25);
  });

  it('drops nothing when what was read back is not what was written', async () => {
    await aSettledMonth();
    const bucket = r2Archive(env.ARCHIVE);
    const dataset = archiveDatasets.find(({ name }) => name === 'decisions');
    const wrong = new Map<string, ArrayBuffer>();
    const get: typeof bucket.get = async (key) => {
      const file = await bucket.get(key);
      const other = [...wrong.values()][0];
      if (file !== null) wrong.set(key, file);
      return other ?? file;
    };
    for (let runs = 0; runs < 5; runs++) await archive(parts({ bucket: { ...bucket, get } }));
    expect(dataset).toBeDefined();
    expect(alerts.map(({ event }) => event)).toContain('archive.not_read_back');
    expect(await rowsHere()).toHaveLength(25);
  });

  it('ends with the same, killed at any of its contacts with the outside', async () => {
    await aSettledMonth(16);
    const before = ids(await rowsHere());
    const whole = mortalParts(Number.POSITIVE_INFINITY);
    const rowsPerPart = 15;
    const snapshot = await dump();
    await archiveAll({ ...whole.parts, rowsPerPart });
    const contacts = whole.contacts();
    expect(contacts).toBeGreaterThan(30);
    for (let moment = 0; moment < contacts * 2; moment++) {
      await restore(snapshot);
      const dying = mortalParts(moment);
      await archiveAll({ ...dying.parts, rowsPerPart }).catch((error: unknown) => {
        if (!(error instanceof KilledError)) throw error;
      });
      const inBoth = [...ids(await rowsHere()), ...ids(await rowsThere('verifications'))].sort();
      expect(inBoth, `killed at ${moment}`).toEqual(before);
      await archiveAll({ rowsPerPart });
      expect(await rowsHere(), `killed at ${moment}`).toEqual([]);
      expect(ids(await rowsThere('verifications')), `killed at ${moment}`).toEqual(before);
    }
  });

  it('done by two at once loses nothing and keeps nothing twice', async () => {
    await aSettledMonth();
    const before = ids(await rowsHere());
    for (let round = 0; round < 12; round++) await Promise.all([archive(parts()), archive(parts())]);
    expect(await rowsHere()).toEqual([]);
    expect(ids(await rowsThere('verifications'))).toEqual(before);
  });

  it('stops within its budget and goes on in the next run', async () => {
    await aSettledMonth();
    let runs = 0;
    for (;;) {
      let left = 2;
      if ((await archive(parts({ mayGoOn: () => left-- > 0 }))) === 0) break;
      runs++;
    }
    expect(runs).toBeGreaterThan(4);
    expect(await rowsThere('verifications')).toHaveLength(25);
  });
});

describe('what comes after its month was archived', () => {
  it('stays in sight, raises an alarm, and is archived in a round of its own', async () => {
    await aSettledMonth();
    await archiveAll();
    await lateRow();
    // Re-walks bring the late row, and others of the month once more.
    expect(await rowsHere()).toHaveLength(26);
    await archiveAll();
    expect(alerts).toEqual([
      { event: 'archive.late_rows', fields: { dataset: 'verifications', month: '2026-01', round: 2 } },
    ]);
    expect(await rowsHere()).toEqual([]);
    expect(new Set(ids(await rowsThere('verifications'))).size).toBe(26);
  });

  it('is not compared with answers that are no longer here', async () => {
    await aSettledMonth();
    const { reconciler } = await harness.mirror();
    const before = await reconciler.range(start, start + 6 * hourMs);
    expect(before.length).toBeGreaterThan(0);
    await archiveAll();
    expect(await reconciler.range(start, start + 6 * hourMs)).toEqual([]);
  });
});

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

/** A visit of member-1's in the archived month that FacePass tells of only now, with the one beside it. */
async function lateRow(): Promise<void> {
  await harness.facepass.control.run('records/verifications', {
    items: [{ atMs: start + 90 * minuteMs, merchantUserKey: 'member-1' }],
  });
  await env.DB.prepare(
    `INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at) VALUES ('verifications', 0, 'rewalk', ?, ?, 0)`,
  )
    .bind(start + hourMs, start + 2 * hourMs)
    .run();
  await harness.sync();
}

async function hmacOf(merchantUserKey: string): Promise<string> {
  return await (await people()).hmac(merchantUserKey);
}

/** Every table that archiving touches, and how to bring it back. */
const tables = ['verifications', 'decisions', 'archive_months', 'archive_parts'] as const;

async function dump(): Promise<Map<string, Record<string, unknown>[]>> {
  const all = new Map<string, Record<string, unknown>[]>();
  for (const table of tables) all.set(table, (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results);
  return all;
}

async function restore(all: ReadonlyMap<string, Record<string, unknown>[]>): Promise<void> {
  await env.DB.batch(
    [...all].flatMap(([table, rows]) => [
      env.DB.prepare(`DELETE FROM ${table}`),
      ...rows.map((row) => {
        const names = Object.keys(row);
        return env.DB.prepare(
          `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        ).bind(...Object.values(row));
      }),
    ]),
  );
  const { objects } = await env.ARCHIVE.list();
  if (objects.length > 0) await env.ARCHIVE.delete(objects.map(({ key }) => key));
}

/** Parts whose every contact with D1 and R2 may be the last. */
function mortalParts(moment: number): { parts: Partial<ArchiverParts>; contacts: () => number } {
  const life = mortal(moment, { fetch: async () => new Response(), database: env.DB });
  const bucket = r2Archive(env.ARCHIVE);
  return {
    contacts: () => life.contacts,
    parts: {
      database: d1Database(life.database),
      bucket: {
        put: (key, file, hash) => life.contact(() => bucket.put(key, file, hash)),
        get: (key) => life.contact(() => bucket.get(key)),
        holds: (key, hash) => life.contact(() => bucket.holds(key, hash)),
      },
    },
  };
}
