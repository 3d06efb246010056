/**
 * The edge Worker as it is deployed, once with its guard and once at a site that is run without, each beside its floor,
 * all in one workerd and reached through sockets of their own: no proxy stands in between.
 */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  generateDataKey,
  generatePepper,
} from '@facepass-kit/protocol';
import { Miniflare } from 'miniflare';
import type { Shot } from './load.ts';
import { DOORS, facts, SITE, venue } from './venue.ts';
import { workerBundle } from './worker-bundle.ts';

const app = join(import.meta.dirname, '../../apps/edge-partner-api');
const PARTNER_TOKEN = 'partner-token-of-the-benchmark';
const ADMIN_TOKEN = 'admin-token-of-the-benchmark';
const SEED_AT_ONCE = 250;
/** A Durable Object waits until each write is on disk: on a slow disk that would be all there is to see. */
const MEMORY_DISK = '/dev/shm';
/** The guard tells doors without it what is in force by an alarm, within milliseconds. */
const NOTICE_LOOKS = 200;
const NOTICE_LOOK_EVERY_MS = 50;

/** How a site is run: asking the guard at each question, or from KV alone. */
export const GUARDINGS = ['strong', 'eventual'] as const;
export type Guarding = (typeof GUARDINGS)[number];
/** `unread`: the floor of a question about somebody whom the guard knows, without KV; at sites with a guard. */
export type Contender = 'ours' | 'floor' | 'unread';

export interface DoorWorkers {
  /** A question of a random member at their door, as the contender is asked it. */
  shot(guarding: Guarding, contender: Contender): Shot;
  stop(): Promise<void>;
}

export function paramsOf(position: number): object {
  return { floor: String(position % DOORS), gate: 'A' };
}

export async function startDoorWorkers(options: { members: number; rules: number }): Promise<DoorWorkers> {
  if (process.env['TMPDIR'] === undefined && existsSync(MEMORY_DISK)) process.env['TMPDIR'] = MEMORY_DISK;
  const directory = mkdtempSync(join(tmpdir(), 'facepass-permissions-bench-'));
  const secrets = { pepper: generatePepper(), dataKeys: [generateDataKey('bench')] };
  process.env['MINIFLARE_WORKERD_PATH'] = silentWorkerd(directory);
  const miniflare = new Miniflare({ host: '127.0.0.1', port: 0, workers: workers(directory, secrets) });
  const stop = async (): Promise<void> => {
    await miniflare.dispose();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await miniflare.ready;
    const addressOf = async (guarding: Guarding, contender: 'ours' | 'floor'): Promise<URL> =>
      await miniflare.unsafeGetDirectURL(`${guarding}-${contender}`);
    const people = createPersonReferences(
      await createBlindIndex(secrets.pepper),
      await createDataCipher(secrets.dataKeys),
    );
    const keys = Array.from({ length: options.members }, (_, position) => `member-${position}`);
    const persons = await Promise.all(keys.map((key) => people.hmac(key)));
    const addresses = new Map<string, URL>();
    for (const guarding of GUARDINGS) {
      const [ours, floor] = [await addressOf(guarding, 'ours'), await addressOf(guarding, 'floor')];
      addresses.set(`${guarding}-ours`, new URL('/v1/access/permissions', ours));
      addresses.set(`${guarding}-floor`, new URL(`/${guarding}`, floor));
      if (guarding === 'strong') addresses.set(`${guarding}-unread`, new URL('/unread', floor));
      const db = await miniflare.getD1Database('DB', `${guarding}-ours`);
      await db.batch(migrations().map((sql) => db.prepare(sql)));
      await seed({ ours, floor, persons, rules: options.rules });
      await noticed(miniflare, `${guarding}-ours`);
    }
    return {
      shot(guarding, contender) {
        const url = addresses.get(`${guarding}-${contender}`);
        if (url === undefined) throw new Error('every contender has an address');
        const position = Math.floor(Math.random() * options.members);
        // The floor is asked by the name under which KV has the member: to find it is no part of the floor.
        const merchantUserKey = (contender === 'ours' ? keys : persons)[position];
        return {
          url,
          headers: { authorization: `Bearer ${PARTNER_TOKEN}` },
          body: JSON.stringify({ merchantUserKey, params: paramsOf(position) }),
        };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * workerd without an ear: our Worker writes its line for each question as in production, but Miniflare would read and
 * parse it in this very process, which fires the shots, and no deployment does that.
 */
function silentWorkerd(directory: string): string {
  const fromMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  // The path of its program is all that this package exports.
  const { default: workerd } = fromMiniflare('workerd') as { default: string };
  const path = join(directory, 'workerd');
  writeFileSync(path, `#!/bin/sh\nexec '${workerd}' "$@" >/dev/null\n`);
  chmodSync(path, 0o700);
  return path;
}

interface Secrets {
  readonly pepper: string;
  readonly dataKeys: { readonly kid: string; readonly k: string }[];
}

function workers(directory: string, secrets: Secrets) {
  const ours = workerBundle(app, join(app, 'wrangler.jsonc'), directory);
  const floor = workerBundle(app, join(app, 'bench/wrangler.jsonc'), directory);
  const text = (value: string) => ({ type: 'text' as const, value });
  const durable = { type: 'durable-object' as const, storage: 'sqlite' as const };
  const worker = (name: string, contents: string) => ({
    name,
    compatibilityDate: '2026-11-01',
    manifest: {
      mainModule: 'worker.js',
      modulesRoot: '/',
      modules: { 'worker.js': { type: 'esm' as const, contents } },
    },
  });
  const bindings = (guarding: Guarding) => ({
    RULES: { type: 'kv' as const, id: `rules-${guarding}` },
    DECISIONS: { type: 'queue' as const, name: `decisions-${guarding}` },
  });
  const object = (name: string, exportName: string) => ({
    type: 'durable-object' as const,
    worker: name,
    exportName,
  });
  const dev = { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] };
  return GUARDINGS.flatMap((guarding) => {
    const [app, floorName] = [`${guarding}-ours`, `${guarding}-floor`];
    return [
      {
        dev,
        config: {
          ...worker(app, ours),
          exports: { Guard: durable, FacePassSession: durable },
          env: {
            ...bindings(guarding),
            DB: { type: 'd1' as const, id: app },
            GUARD: object(app, 'Guard'),
            SESSION: object(app, 'FacePassSession'),
            PARTNER_TOKENS: text(PARTNER_TOKEN),
            ADMIN_TOKEN: text(ADMIN_TOKEN),
            PEPPER: text(secrets.pepper),
            DATA_KEYS: text(JSON.stringify(secrets.dataKeys)),
            EVENTUAL_SITES: text(guarding === 'eventual' ? SITE : ''),
          },
        },
      },
      {
        dev,
        config: {
          ...worker(floorName, floor),
          exports: { Rows: durable },
          env: { ...bindings(guarding), ROWS: object(floorName, 'Rows') },
        },
      },
    ];
  });
}

/** Publishes the rules, and puts the members where the doors read them. */
async function seed(options: {
  readonly ours: URL;
  readonly floor: URL;
  readonly persons: readonly string[];
  readonly rules: number;
}): Promise<void> {
  const { ours, floor, persons, rules } = options;
  await post(
    new URL('/admin/v1/releases', ours),
    { release: venue(rules), publishedBy: 'bench', reason: 'bench' },
    { authorization: `Bearer ${ADMIN_TOKEN}` },
  );
  for (let from = 0; from < persons.length; from += SEED_AT_ONCE) {
    const some = persons.slice(from, from + SEED_AT_ONCE);
    await post(
      new URL('/seed', floor),
      some.map((person) => [`member:${person}`, JSON.stringify({ person, version: 1, facts })]),
    );
  }
}

/** Waits until doors without the guard can know the rules: before, they would ask the guard. */
async function noticed(miniflare: Miniflare, worker: string): Promise<void> {
  const kv = await miniflare.getKVNamespace('RULES', worker);
  for (let look = 0; look < NOTICE_LOOKS; look++) {
    if ((await kv.get('doors')) !== null) return;
    await new Promise((resolve) => setTimeout(resolve, NOTICE_LOOK_EVERY_MS));
  }
  throw new Error('the guard told nobody what is in force');
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
