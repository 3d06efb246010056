/**
 * What the mirror's benchmark runs in workerd: the mirror itself, and the same rows written by hand. FacePass
 * answers from memory, so that what is measured is ours. Time is taken outside, where clocks do not stand still.
 */
import { createMemoryTokenStore } from '@facepass-kit/core';
import { type DataKey, generateDataKey, generatePepper } from '@facepass-kit/protocol';
import { createMirror, type World } from '../src/app.ts';
import { d1Database, type Statement } from '../src/store/database.ts';

interface Env {
  readonly DB: D1Database;
}

interface Order {
  readonly action: 'prepare' | 'floor' | 'tuned-floor' | 'mirror' | 'reread' | 'clear';
  readonly rows: number;
  readonly pageSize: number;
  /** FacePass takes its time, as it does: only while a Worker waits can it be looked into. */
  readonly isSlow?: boolean;
}

const START_MS = Date.UTC(2026, 0, 5, 15);
const DAY_MS = 86_400_000;
/** Regulars of a large venue; each comes ten times in the 50,000 rows that are timed. */
const PEOPLE = 5_000;
const KEY_PREFIX = 'member-';

interface Row {
  readonly id: string;
  readonly merchantUserKey: string;
  readonly status: string;
  readonly resultCode: string | null;
  readonly customCode: string | null;
  readonly deviceId: string;
  readonly params: Record<string, string>;
  readonly verifyTs: string;
  readonly transactionId: string;
}

/** The answers to every request, by the cursor that asks for them: FacePass takes no time. */
let pages = new Map<string, string>();
let batches: number[] = [];
let rowsWritten = 0;
let secrets: { pepper: string; dataKeys: DataKey[] } | undefined;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // The benchmark is the only caller.
    const order = (await request.json()) as Order;
    answersAfterMs = order.isSlow === true ? SLOW_MS : 0;
    batches = [];
    rowsWritten = 0;
    if (order.action === 'prepare') prepare(order);
    if (order.action === 'clear') await clear(env.DB);
    if (order.action === 'floor') await copyByHand(env.DB, 'value', '', 'json_each(?1)');
    if (order.action === 'tuned-floor') await copyByHand(env.DB, 'item', materialized, 'fetched');
    if (order.action === 'reread') await forgetPlan(env.DB);
    const mirrors = order.action === 'mirror' || order.action === 'reread';
    const report = mirrors ? await mirror(env) : null;
    return Response.json({ report, batches, rowsWritten });
  },
};

function row(index: number, count: number): Row {
  const at = new Date(START_MS + Math.floor((index / count) * (DAY_MS / 2 - 2_000)) + 9 * 3_600_000);
  return {
    id: idOf(index),
    merchantUserKey: `${KEY_PREFIX}${(index * 7_919) % PEOPLE}`,
    status: index % 9 === 0 ? 'FAIL' : 'SUCCESS',
    resultCode: index % 9 === 0 ? 'MERCHANT_VALIDATION_FAILED' : null,
    customCode: index % 9 === 0 ? 'OUT_OF_HOURS' : null,
    deviceId: `IPAD${String(index % 20).padStart(3, '0')}`,
    params: { floor: String(index % 30), gate: 'A' },
    verifyTs: at.toISOString().slice(0, 19),
    transactionId: `b5238b22-570d-4f80-8f1e-${String(index).padStart(12, '0')}`,
  };
}

function secretsOfThisRun(): { pepper: string; dataKeys: DataKey[] } {
  // Workers have no randomness outside a request.
  secrets ??= { pepper: generatePepper(), dataKeys: [generateDataKey('bench')] };
  return secrets;
}

async function mirror(env: Env): Promise<unknown> {
  const world: World = {
    fetch: answer,
    now: () => START_MS + DAY_MS / 2,
    sleep: async () => {},
    random: () => 0.5,
    newId: () => crypto.randomUUID(),
    log: { info: () => {}, alert: () => {} },
    // The measure is the work, not when it is stopped.
    limits: { subrequests: 1e9, queries: 1e9, wallMs: 1e12, workers: 4 },
    rowsPerCommit: 1_000,
    tokenStore: createMemoryTokenStore(),
  };
  const counting: D1Database = new Proxy(env.DB, {
    get(target, key) {
      if (key === 'batch') {
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements);
          batches.push(statements.length);
          for (const { meta } of results) rowsWritten += meta.rows_written;
          return results;
        };
      }
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const configuration = {
    ...secretsOfThisRun(),
    clientId: 'bench',
    clientSecret: 'bench',
    baseUrl: 'https://facepass.invalid',
    tokenUrl: 'https://facepass.invalid/token',
    scope: undefined,
    timeZone: 'Asia/Seoul',
    requestsPerSecond: 1e9,
    backfillRequestsPerSecond: 1e9,
    historyStartAt: () => START_MS,
    safetyLagMs: 0,
    plan: 'paid' as const,
    alertWebhook: undefined,
    alertNoSuccessMs: 0,
    alertLagMs: 0,
    previousPepper: undefined,
    retiredPeppers: [],
    archiveAfterMonths: undefined,
    leaverSweep: 'off' as const,
    leaverGraceMs: 0,
    erasedKeyMs: 0,
  };
  const run = await createMirror({ DB: counting }, configuration, world);
  return (await run.sync('cron')).streams;
}

/** So many rows are answered from memory; more are made as they are asked for, lest they be what fills it. */
const ROWS_KEPT = 50_000;
let making: { readonly count: number; readonly pageSize: number } | undefined;

function prepare({ rows: count, pageSize }: Order): void {
  pages = new Map();
  making = count > ROWS_KEPT ? { count, pageSize } : undefined;
  for (let from = 0; making === undefined && from <= count; from += pageSize) {
    pages.set(from === 0 ? '' : idOf(from - 1), pageFrom(from, pageSize, count));
  }
}

function pageFrom(from: number, size: number, count: number): string {
  const length = Math.max(0, Math.min(size, count - from));
  const items = Array.from({ length }, (_, index) => row(from + index, count));
  const success = { items, hasMore: from + length < count, size, nextCursor: items.at(-1)?.id };
  return JSON.stringify({ resultType: 'SUCCESS', success });
}

function pageBehind(cursor: string | undefined): string {
  if (making === undefined) return pages.get(cursor ?? '') ?? '{}';
  return pageFrom(cursor === undefined ? 0 : indexOf(cursor) + 1, making.pageSize, making.count);
}

const FIRST_ID = 1_000_000;
const idOf = (index: number): string => String(FIRST_ID + index);
const indexOf = (id: string): number => Number(id) - FIRST_ID;

/** Long enough for the runtime to turn to its inspector. */
const SLOW_MS = 5;
let answersAfterMs = 0;

const json = { headers: { 'content-type': 'application/json' } };

async function answer(request: Request): Promise<Response> {
  if (request.url.endsWith('/token')) {
    return Response.json({ access_token: 'bench', token_type: 'Bearer', expires_in: 3_600 });
  }
  if (!request.url.endsWith('face-verify-history')) {
    return Response.json({ resultType: 'SUCCESS', success: { items: [], hasMore: false, size: 0 } });
  }
  // The client wrote it.
  const { nextCursor } = (await request.json()) as { nextCursor?: string };
  if (answersAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, answersAfterMs));
  return new Response(pageBehind(nextCursor), json);
}

/** What the mirror's own statement knows besides: see its upsert. */
const materialized = 'WITH fetched AS MATERIALIZED (SELECT jsonb(value) AS item FROM json_each(?1))';

/** The floor: what a loop does that fetches a page, upserts it whole and trusts everything. */
async function copyByHand(db: D1Database, row: string, before: string, rows: string): Promise<void> {
  const columns = Array.from({ length: 11 }, (_, index) => `${row}->>${index}`);
  const database = d1Database(db);
  let nextCursor: string | undefined;
  do {
    const body = JSON.stringify({ size: 1_000, ...(nextCursor !== undefined && { nextCursor }) });
    const url = 'https://facepass.invalid/api/v1/merchant/face-verify-history';
    const response = await answer(new Request(url, { method: 'POST', body }));
    // The page was made above.
    const page = (await response.json()) as { success: { items: Row[]; nextCursor?: string } };
    const values = page.success.items.map((one) => [
      one.id,
      // The mirror's rows hold a number too: a text would make the floor's index larger than the mirror's.
      Number(one.merchantUserKey.slice(KEY_PREFIX.length)),
      one.status,
      one.resultCode,
      one.customCode,
      one.deviceId,
      JSON.stringify(one.params),
      one.transactionId,
      one.verifyTs,
      Date.parse(`${one.verifyTs}+09:00`),
      START_MS,
    ]);
    const statement: Statement = {
      sql: `${before} INSERT INTO verifications (generation, id, person_id, status, result_code, custom_code, device_id, params,
              transaction_id, verified_raw, verified_at, fetched_at, zone_id)
            SELECT 0, ${columns.join(', ')}, 1 FROM ${rows} WHERE true
            ON CONFLICT (generation, id) DO UPDATE SET status = excluded.status,
              result_code = excluded.result_code, custom_code = excluded.custom_code,
              device_id = excluded.device_id, params = excluded.params, verified_at = excluded.verified_at`,
      params: [JSON.stringify(values)],
    };
    if (values.length > 0) await database.execute([statement]);
    nextCursor = page.success.nextCursor;
  } while (nextCursor !== undefined);
}

/** Makes the next run plan and read the same stretch again, over rows that are there. */
async function forgetPlan(db: D1Database): Promise<void> {
  await db.prepare("UPDATE generations SET planned_from = NULL, planned_until = NULL, rewalks = '{}'").run();
}

async function clear(db: D1Database): Promise<void> {
  await db.batch(
    [
      'DELETE FROM commits',
      'DELETE FROM slices',
      'DELETE FROM verifications',
      'DELETE FROM runs',
      'DELETE FROM persons WHERE id > 0',
      'UPDATE streams SET traits = NULL, grow_after = 0',
      "UPDATE generations SET planned_from = NULL, planned_until = NULL, rewalks = '{}'",
    ].map((sql) => db.prepare(sql)),
  );
}
