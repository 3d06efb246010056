/**
 * How many bytes a mirrored row takes, in D1 with its indexes and in an archived file: SQLite with the mirror's own
 * migrations, and the archive's own columns, filled with rows as a venue has them. Sizes depend on no clock: one run
 * says it all.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parquetWriteBuffer } from 'hyparquet-writer';

const ROWS = 100_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 9);
const migrations = join(import.meta.dirname, '../apps/sync-cron/migrations');

type Row = Record<string, string | number | null>;

/** An id that grows with time, of a length FacePass may give: a ULID, or a number. */
function idOf(length: number, index: number): string {
  return length === 26
    ? `01KE${(index * 1_117).toString(32).toUpperCase().padStart(8, '0')}${randomUUID().replaceAll('-', '').slice(0, 14).toUpperCase()}`
    : String(10_000_000 + index);
}

function verification(index: number, idLength: number): Row {
  const at = START_MS + Math.floor((index / ROWS) * DAY_MS);
  const isDenied = index % 17 === 0;
  return {
    id: idOf(idLength, index),
    person_id: 1 + ((index * 7_919) % 20_000),
    status: isDenied ? 'FAIL' : 'SUCCESS',
    result_code: isDenied ? 'MERCHANT_VALIDATION_FAILED' : null,
    custom_code: isDenied ? 'NO_GRANT' : 'PERMITTED',
    device_id: `01HN7Q0000000000000000${String(index % 24).padStart(4, '0')}`,
    params: JSON.stringify({ floor: String(index % 20), gate: 'AB'[index % 2] }),
    transaction_id: idLength === 26 ? randomUUID() : idOf(8, index),
    verified_raw: new Date(at).toISOString().slice(0, 19),
    verified_at: at,
    raw: null,
    fetched_at: at + 60_000,
    revision: 0,
    absent_at: null,
  };
}

function decision(index: number): Row {
  const at = START_MS + Math.floor((index / ROWS) * DAY_MS);
  return {
    id: randomUUID(),
    source: 'guard',
    sequence: index + 1,
    at,
    request_id: randomUUID(),
    site_id: 'hq',
    zone_id: `floor-${index % 20}`,
    person_id: 1 + ((index * 7_919) % 20_000),
    params: JSON.stringify({ floor: String(index % 20), gate: 'AB'[index % 2] }),
    effect: index % 17 === 0 ? 'deny' : 'permit',
    reason: index % 17 === 0 ? 'no_grant' : 'permitted',
    determining: JSON.stringify(['staff-everywhere']),
    code: index % 17 === 0 ? 'NO_GRANT' : 'PERMITTED',
    release_hash: 'a'.repeat(64),
    member_version: 3,
    repeat_of: null,
    // As @facepass-kit/access records them for a zone without an area.
    inputs: JSON.stringify({
      v: 1,
      member: {
        status: 'active',
        groups: ['staff'],
        validFrom: null,
        validUntil: null,
        tags: {},
        locale: null,
      },
      state: { mode: null, denies: [], lastPermit: null, counted: {}, passes: null, area: null },
    }),
    received_at: at + 2_000,
  };
}

/** Bytes a row of a table, its indexes included: what the database grows by. */
function bytesInSqlite(table: string, rows: readonly Row[], more: Row = {}): number {
  const database = new DatabaseSync(':memory:');
  for (const file of readdirSync(migrations).sort())
    database.exec(readFileSync(join(migrations, file), 'utf8'));
  const size = (): number => {
    const row = database
      .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
      .get();
    return Number(row?.['bytes']);
  };
  const before = size();
  const names = Object.keys({ ...rows[0], ...more });
  const insert = database.prepare(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  database.exec('BEGIN');
  for (const row of rows) insert.run(...Object.values({ ...row, ...more }));
  database.exec('COMMIT');
  const bytes = (size() - before) / rows.length;
  database.close();
  return bytes;
}

/** Bytes a row in files of so many rows as the archive writes. */
function bytesInParquet(rows: readonly Row[], rowsPerFile: number): number {
  const part = rows.slice(0, rowsPerFile);
  const names = Object.keys(part[0] ?? {});
  const file = parquetWriteBuffer({
    columnData: names.map((name) => {
      const isNumber = part.some((row) => typeof row[name] === 'number');
      const data = part.map((row) => {
        const value = row[name] ?? null;
        return value === null ? null : isNumber ? BigInt(value) : String(value);
      });
      return { name, data, type: isNumber ? ('INT64' as const) : ('STRING' as const) };
    }),
  });
  return file.byteLength / part.length;
}

const figures: Record<string, number> = {};
for (const idLength of [26, 8]) {
  const verifications = Array.from({ length: ROWS }, (_, index) => verification(index, idLength));
  figures[`verification.d1.ids_of_${idLength}`] = bytesInSqlite('verifications', verifications, {
    generation: 0,
    zone_id: 1,
  });
  figures[`verification.archive.ids_of_${idLength}`] = bytesInParquet(verifications, 20_000);
}
const decisions = Array.from({ length: ROWS }, (_, index) => decision(index));
figures['decision.d1'] = bytesInSqlite('decisions', decisions);
figures['decision.archive'] = bytesInParquet(decisions, 10_000);
for (const [name, bytes] of Object.entries(figures)) console.log(`${name}: ${bytes.toFixed(1)} bytes a row`);
