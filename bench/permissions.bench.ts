/**
 * The door question in workerd, 10,000 members and 1,000 rules, against a handler that makes the same calls of KV,
 * Durable Object and queue and does nothing else; and our own code alone, in one Node process with stores in
 * memory, against a bare Hono handler.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  generateDataKey,
  generatePepper,
} from '@facepass-kit/protocol';
import { Miniflare } from 'miniflare';
import type { Figure } from './lib/figure.ts';
import { median } from './lib/interleave.ts';
import { fire, keptConnections, percentile, type Shot } from './lib/load.ts';
import { DOORS, facts, venue } from './lib/venue.ts';
import { workerBundle } from './lib/worker-bundle.ts';

const app = join(import.meta.dirname, '../apps/edge-partner-api');
const MEMBERS = 10_000;
const RULES = 1_000;
/** Short rounds, many of them: what else runs on the machine then meets both alike. */
const ROUNDS = 80;
const SHOTS_PER_ROUND = 100;
const WARM_UP_ROUNDS = 20;
/** Doors that ask at once in a rush hour. */
const AT_ONCE = 16;
const SEED_AT_ONCE = 250;
const CPU_ROUNDS = 30;
const CPU_CALLS = 1_000;

const MEMORY_DISK = '/dev/shm';

const PARTNER_TOKEN = 'partner-token-of-the-benchmark';
const ADMIN_TOKEN = 'admin-token-of-the-benchmark';

export async function figures(log: (line: string) => void): Promise<Figure[]> {
  return [await ownCpu(log), ...(await inWorkerd(log))];
}

/** What the app's own `bench/in-process.ts` gives: it is written in the app's types, not in these. */
interface InProcess {
  readonly ours: (position: number) => Promise<string>;
  readonly bare: (position: number) => Promise<string>;
}

/** What only workerd has, as far as importing goes: nothing of it is called in process. */
const WORKERS_MODULE =
  'data:text/javascript,export class DurableObject {} export class WorkflowEntrypoint {} export class WorkerEntrypoint {}';

async function ownCpu(log: (line: string) => void): Promise<Figure> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'cloudflare:workers'
        ? { url: WORKERS_MODULE, shortCircuit: true }
        : next(specifier, context),
  });
  const module: {
    inProcess(options: object): Promise<InProcess>;
  } = await import(pathToFileURL(join(app, 'bench/in-process.ts')).href);
  const { ours, bare } = await module.inProcess({ release: venue(RULES), facts, members: MEMBERS, paramsOf });
  const first = await ours(0);
  if (!first.includes('"verified":true')) throw new Error(`unexpected answer: ${first}`);
  const write = console.info;
  // The line is put together as ever; only the terminal's part is left out.
  console.info = () => {};
  try {
    // Everybody once: sealing a key for the record is done for each person and isolate, not for each question.
    for (let position = 0; position < MEMBERS; position++) await ours(position);
    const ratios: number[] = [];
    for (let round = 0; round < CPU_ROUNDS; round++) {
      const spent: Record<string, number> = {};
      const contenders = [
        ['ours', ours],
        ['bare', bare],
      ] as const;
      for (const [name, ask] of round % 2 === 0 ? contenders : contenders.toReversed()) {
        // Time on the processor, not on the wall: whatever else runs on this machine is not ours.
        const before = process.cpuUsage();
        for (let call = 0; call < CPU_CALLS; call++) await ask((round * CPU_CALLS + call) % MEMBERS);
        const { user, system } = process.cpuUsage(before);
        spent[name] = user + system;
      }
      const { ours: own = Number.NaN, bare: floor = Number.NaN } = spent;
      if (round === CPU_ROUNDS - 1) {
        log(`permissions: in process ours ${own / CPU_CALLS} µs, bare ${floor / CPU_CALLS} µs`);
      }
      ratios.push(floor / own);
    }
    return { name: 'permissions.own_cpu_ratio_vs_bare_hono', value: median(ratios), atLeast: 0.3 };
  } finally {
    console.info = write;
  }
}

async function inWorkerd(log: (line: string) => void): Promise<Figure[]> {
  // A Durable Object waits until each write is on disk: on a slow disk that would be all there is to see.
  if (process.env['TMPDIR'] === undefined && existsSync(MEMORY_DISK)) process.env['TMPDIR'] = MEMORY_DISK;
  const directory = mkdtempSync(join(tmpdir(), 'facepass-permissions-bench-'));
  const secrets = { pepper: generatePepper(), dataKeys: [generateDataKey('bench')] };
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    workers: workers(directory, secrets),
    // Written by workerd as in production, and then looked at by nobody.
    handleStructuredLogs: () => {},
  });
  const agent = keptConnections(AT_ONCE);
  try {
    await miniflare.ready;
    const db = await miniflare.getD1Database('DB', 'app');
    await db.batch(migrations().map((sql) => db.prepare(sql)));
    const [ours, floor] = await Promise.all(
      ['app', 'floor'].map((name) => miniflare.unsafeGetDirectURL(name)),
    );
    if (ours === undefined || floor === undefined) throw new Error('both Workers must have an address');
    const persons = await seed({ ours, floor, secrets });

    const shots = (url: URL, bodyOf: (position: number) => object): Shot[] => {
      const headers = { authorization: `Bearer ${PARTNER_TOKEN}` };
      return Array.from({ length: SHOTS_PER_ROUND }, () => ({
        url,
        headers,
        body: JSON.stringify(bodyOf(Math.floor(Math.random() * MEMBERS))),
      }));
    };
    const contenders = {
      ours: () =>
        shots(new URL('/v1/access/permissions', ours), (position) => ({
          merchantUserKey: keyOf(position),
          params: paramsOf(position),
        })),
      floor: () =>
        shots(new URL('/strong', floor), (position) => ({
          merchantUserKey: persons[position],
          params: paramsOf(position),
        })),
    };
    const options = {
      agent,
      atOnce: AT_ONCE,
      expected: (answer: string) => answer.includes('"verified":true'),
    };
    const rates: number[] = [];
    const latencies: Record<string, number[]> = { ours: [], floor: [] };
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      const rate: Record<string, number> = {};
      const names = ['ours', 'floor'] as const;
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const volley = await fire(contenders[name](), options);
        rate[name] = volley.perSecond;
        if (round >= 0) latencies[name]?.push(...volley.latencies);
      }
      const ratio = (rate['ours'] ?? Number.NaN) / (rate['floor'] ?? Number.NaN);
      log(
        `permissions: round ${round}: ours ${rate['ours']?.toFixed(0)}/s, floor ${rate['floor']?.toFixed(0)}/s`,
      );
      if (round >= 0) rates.push(ratio);
    }
    const p99 = (name: string): number => percentile(latencies[name] ?? [], 0.99);
    log(`permissions: p99 ours ${p99('ours').toFixed(1)} ms, floor ${p99('floor').toFixed(1)} ms`);
    return [
      { name: 'permissions.rps_ratio_vs_floor', value: median(rates), atLeast: 0.85 },
      { name: 'permissions.p99_ratio', value: p99('ours') / p99('floor'), atMost: 1.25 },
    ];
  } finally {
    agent.destroy();
    await miniflare.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
}

function workers(directory: string, secrets: Secrets) {
  const common = { compatibilityDate: '2026-11-01' };
  const RULES_KV = { type: 'kv' as const, id: 'rules' };
  const DECISIONS = { type: 'queue' as const, name: 'facepass-decisions' };
  const text = (value: string) => ({ type: 'text' as const, value });
  const script = (contents: string) => ({
    mainModule: 'worker.js',
    modulesRoot: '/',
    modules: { 'worker.js': { type: 'esm' as const, contents } },
  });
  const durable = { type: 'durable-object' as const, storage: 'sqlite' as const };
  const dev = { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] };
  return [
    {
      dev,
      config: {
        ...common,
        name: 'app',
        manifest: script(workerBundle(app, join(app, 'wrangler.jsonc'), directory)),
        exports: { Guard: durable, FacePassSession: durable },
        env: {
          RULES: RULES_KV,
          DECISIONS,
          DB: { type: 'd1' as const, id: 'edge' },
          GUARD: { type: 'durable-object' as const, worker: 'app', exportName: 'Guard' },
          SESSION: { type: 'durable-object' as const, worker: 'app', exportName: 'FacePassSession' },
          PARTNER_TOKENS: text(PARTNER_TOKEN),
          ADMIN_TOKEN: text(ADMIN_TOKEN),
          PEPPER: text(secrets.pepper),
          DATA_KEYS: text(JSON.stringify(secrets.dataKeys)),
        },
      },
    },
    {
      dev,
      config: {
        ...common,
        name: 'floor',
        manifest: script(workerBundle(app, join(app, 'bench/wrangler.jsonc'), directory)),
        exports: { Rows: durable },
        env: {
          RULES: RULES_KV,
          DECISIONS,
          ROWS: { type: 'durable-object' as const, worker: 'floor', exportName: 'Rows' },
        },
      },
    },
  ];
}

interface Secrets {
  readonly pepper: string;
  readonly dataKeys: { readonly kid: string; readonly k: string }[];
}

function paramsOf(position: number): object {
  return { floor: String(position % DOORS), gate: 'A' };
}

function keyOf(position: number): string {
  return `member-${position}`;
}

/** Publishes the rules, and puts the members where the door reads them; answers the name each has in storage. */
async function seed({
  ours,
  floor,
  secrets,
}: {
  ours: URL;
  floor: URL;
  secrets: Secrets;
}): Promise<string[]> {
  await post(
    new URL('/admin/v1/releases', ours),
    { release: venue(RULES), publishedBy: 'bench', reason: 'bench' },
    { authorization: `Bearer ${ADMIN_TOKEN}` },
  );
  const people = createPersonReferences(
    await createBlindIndex(secrets.pepper),
    await createDataCipher(secrets.dataKeys),
  );
  const persons = await Promise.all(
    Array.from({ length: MEMBERS }, (_, position) => people.hmac(keyOf(position))),
  );
  for (let from = 0; from < MEMBERS; from += SEED_AT_ONCE) {
    const some = persons.slice(from, from + SEED_AT_ONCE);
    await post(
      new URL('/seed', floor),
      some.map((person) => [`member:${person}`, JSON.stringify({ person, version: 1, facts })]),
    );
  }
  return persons;
}

async function post(url: URL, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url.pathname}: ${response.status} ${await response.text()}`);
}

function migrations(): string[] {
  const folder = join(app, 'migrations');
  return readdirSync(folder)
    .sort()
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .replaceAll(/--.*$/gm, '')
        .split(/;\s*$/m)
        .filter((sql) => sql.trim() !== ''),
    );
}
