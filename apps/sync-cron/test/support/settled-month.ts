import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { r2Archive } from '../../src/archive/archive-bucket.ts';
import { type ArchiverParts, archive } from '../../src/archive/archiver.ts';
import { archiveDatasets } from '../../src/archive/datasets.ts';
import { readParquet } from '../../src/archive/parquet.ts';
import { d1Database } from '../../src/store/database.ts';
import { decision } from './decisions.ts';
import { emptyStores } from './empty-stores.ts';
import { createHarness, type Harness, hourMs, minuteMs } from './harness.ts';
import { migrate } from './migrate.ts';

/** The end of January, with a mirrored day of it. */
export const february = Date.UTC(2026, 1);
export const start = february - 26 * hourMs;
export const reopened =
  "UPDATE slices SET state = 'open' WHERE id = (SELECT min(id) FROM slices WHERE stream = 'verifications')";
export let harness: Harness;

/** An empty mirror, and an empty archive, an hour into that day. */
export async function beginInJanuary(): Promise<void> {
  await emptyStores();
  await migrate();
  harness = await createHarness({ historyStartAt: () => start });
  harness.nowMs = start + hourMs;
  alerts.length = 0;
}

/** Visits and answers in the last days of January, read, proven and compared, and looked at in March. */
export async function aSettledMonth(count = 25): Promise<void> {
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

export function parts(change: Partial<ArchiverParts> = {}): ArchiverParts {
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

/** What was raised by archiving with `parts()`. */
export const alerts: { event: string; fields: object }[] = [];

/** Archives until there is nothing to do. */
export async function archiveAll(change: Partial<ArchiverParts> = {}): Promise<void> {
  while ((await archive(parts(change))) > 0);
}

export async function rowsHere(): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare('SELECT * FROM verifications ORDER BY id').all()).results;
}

/** Every row of the archive, as its files say. */
export async function rowsThere(name: 'verifications' | 'decisions'): Promise<Record<string, unknown>[]> {
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

export const ids = (rows: readonly Record<string, unknown>[]): string[] =>
  rows.map(({ id }) => String(id)).sort();

/** A visit of member-1's in the archived month that FacePass tells of only now, with the one beside it. */
export async function lateRow(): Promise<void> {
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
