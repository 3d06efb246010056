import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { experimental_readRawConfig, unstable_readConfig } from 'wrangler';
import { environments } from '../environments.ts';
import { environmentConfig } from './environment-config.ts';
import type { WorkerApp } from './local-secrets.ts';

const root = resolve(import.meta.dirname, '../..');
const apps: readonly WorkerApp[] = ['edge-partner-api', 'sync-cron'];
const directory = mkdtempSync(join(tmpdir(), 'facepass-environments-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const raw = (app: WorkerApp): Readonly<Record<string, unknown>> =>
  experimental_readRawConfig({ config: join(root, 'apps', app, 'wrangler.jsonc') }).rawConfig;

/** What these tests read of wrangler's own type, which its package does not resolve to the end. */
interface Config {
  readonly name?: string;
  readonly workers_dev?: boolean;
  readonly preview_urls?: boolean;
  readonly kv_namespaces: readonly { readonly binding: string; readonly id?: string }[];
  readonly d1_databases: readonly {
    readonly binding: string;
    readonly database_name?: string;
    readonly migrations_dir?: string;
  }[];
  readonly r2_buckets: readonly { readonly binding: string; readonly bucket_name?: string }[];
  readonly durable_objects: { readonly bindings: unknown };
  readonly migrations: unknown;
  readonly queues: {
    readonly producers?: readonly { readonly binding: string; readonly queue?: string }[];
    readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
  readonly services?: readonly {
    readonly binding: string;
    readonly service: string;
    readonly entrypoint?: string;
  }[];
  readonly workflows: readonly {
    readonly binding: string;
    readonly name: string;
    readonly class_name: string;
  }[];
  readonly ratelimits: readonly {
    readonly name: string;
    readonly namespace_id: string;
    readonly simple: unknown;
  }[];
  readonly analytics_engine_datasets: readonly { readonly binding: string; readonly dataset?: string }[];
  readonly version_metadata?: { readonly binding: string };
  readonly triggers: { readonly crons: unknown };
  readonly assets: unknown;
}

/** As wrangler itself understands what is written for an environment. */
function read(app: WorkerApp, name: string): Config {
  const environment = environments[name];
  if (environment === undefined) throw new Error(`no environment ${name}`);
  const config = environmentConfig(app, raw(app), environment, Object.keys(environments).indexOf(name));
  const file = join(directory, `${app}.${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  return unstable_readConfig({ config: file }, { hideWarnings: true });
}

/** What code sees: names of bindings and what stands behind them, without which one it is. */
const bindingsOf = (config: Config) => ({
  kv: config.kv_namespaces.map(({ binding }) => binding),
  d1: config.d1_databases.map(({ binding, migrations_dir }) => [binding, migrations_dir]),
  r2: config.r2_buckets.map(({ binding }) => binding),
  objects: config.durable_objects.bindings,
  migrations: config.migrations,
  producers: config.queues.producers?.map(({ binding }) => binding),
  consumers: config.queues.consumers?.length,
  services: config.services?.map(({ binding, entrypoint }) => [binding, entrypoint]),
  workflows: config.workflows.map(({ binding, class_name }) => [binding, class_name]),
  limits: config.ratelimits.map(({ name, simple }) => [name, simple]),
  datasets: config.analytics_engine_datasets.map(({ binding }) => binding),
  version: config.version_metadata?.binding,
  crons: config.triggers.crons,
  assets: config.assets,
});

/** What must not be another environment's. */
const resourcesOf = (config: Config): string[] =>
  [
    `worker ${config.name}`,
    ...config.kv_namespaces.map(({ id }) => (id === undefined ? '' : `kv ${id}`)),
    ...config.d1_databases.map(({ database_name }) => `d1 ${database_name}`),
    ...config.r2_buckets.map(({ bucket_name }) => `r2 ${bucket_name}`),
    ...(config.queues.producers ?? []).map(({ queue }) => `queue ${queue}`),
    ...(config.queues.consumers ?? []).flatMap(({ queue, dead_letter_queue }) => [
      `queue ${queue}`,
      dead_letter_queue === undefined ? '' : `queue ${dead_letter_queue}`,
    ]),
    ...(config.services ?? []).map(({ service }) => `worker ${service}`),
    ...config.workflows.map(({ name }) => `workflow ${name}`),
    ...config.ratelimits.map(({ namespace_id }) => `limit ${namespace_id}`),
    ...config.analytics_engine_datasets.map(({ dataset }) => `dataset ${dataset}`),
  ].filter((resource) => resource !== '');

const names = Object.keys(environments);

describe('the environments', () => {
  it('are dev, staging and production, and production keeps the names of the apps', () => {
    expect(names.sort()).toEqual(['dev', 'production', 'staging']);
    for (const app of apps) expect(read(app, 'production').name).toBe(raw(app)['name']);
  });

  it.each(apps)('give %s the same bindings everywhere', (app) => {
    const [first, ...others] = names.map((name) => bindingsOf(read(app, name)));
    expect(first?.d1.length).toBeGreaterThan(0);
    for (const other of others) expect(other).toEqual(first);
  });

  it('share no database, queue, Worker, limit or any other resource', () => {
    const owners = new Map<string, string>();
    for (const name of names) {
      for (const resource of new Set(apps.flatMap((app) => resourcesOf(read(app, name))))) {
        expect(owners.get(resource), `${resource} is of ${owners.get(resource)} and ${name}`).toBeUndefined();
        owners.set(resource, name);
      }
    }
    expect(owners.size).toBeGreaterThan(names.length * 5);
  });

  it.each(names)('connect the Workers of %s with each other', (name) => {
    const [edge, sync] = [read('edge-partner-api', name), read('sync-cron', name)];
    expect(edge.services?.map(({ service }) => service)).toEqual([sync.name]);
    const sent = edge.queues.producers?.map(({ queue }) => queue) ?? [];
    const received = sync.queues.consumers?.map(({ queue }) => queue) ?? [];
    const dead = sync.queues.consumers?.flatMap((one) => one.dead_letter_queue ?? []) ?? [];
    // What nobody reads is deleted after four days.
    expect(received.toSorted()).toEqual([...sent, ...dead].toSorted());
    expect(dead).toHaveLength(sent.length);
  });

  it.each(names)('answer on no address in %s that bypasses the zone', (name) => {
    for (const app of apps) {
      const config = read(app, name);
      expect([config.workers_dev, config.preview_urls]).toEqual([false, false]);
    }
  });

  it('take what a deployment has of its own', () => {
    const routes = [{ pattern: 'doors.example.com', custom_domain: true }];
    const environment = { suffix: '-x', apps: { 'edge-partner-api': { routes } } };
    expect(environmentConfig('edge-partner-api', raw('edge-partner-api'), environment, 0)).toMatchObject({
      name: 'facepass-edge-x',
      routes,
    });
  });

  it('refuse a kind of binding of which nobody said how it differs', () => {
    const config = { ...raw('sync-cron'), vectorize: [{ binding: 'V', index_name: 'shared' }] };
    expect(() => environmentConfig('sync-cron', config, { suffix: '-x' }, 0)).toThrow(/vectorize/);
  });
});
