/** A Worker's wrangler configuration for one environment, made from the one description in its `wrangler.jsonc`. */
import type { WorkerApp } from './local-secrets.ts';

/** What an app may have otherwise or besides in an environment; bindings are the same everywhere. */
type Overrides = Readonly<
  Partial<
    Record<'routes' | 'vars' | 'observability' | 'placement' | 'limits' | 'logpush' | 'triggers', unknown>
  >
>;

export interface Environment {
  /** What is added to every name; empty for the environment that keeps them as they stand. */
  readonly suffix: string;
  readonly apps?: Readonly<Partial<Record<WorkerApp, Overrides>>>;
}

/** The fields of each kind of binding that name something, which an environment has for itself. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  // Found or made by wrangler under a name that begins with the Worker's.
  kv_namespaces: [],
  d1_databases: ['database_name'],
  r2_buckets: ['bucket_name'],
  services: ['service'],
  workflows: ['name'],
  analytics_engine_datasets: ['dataset'],
  // Those in `queues`.
  producers: ['queue'],
  consumers: ['queue', 'dead_letter_queue'],
};

/** Keys that mean the same everywhere. A key of neither kind is refused: it might name something shared. */
const SAME_EVERYWHERE = [
  '$schema',
  'main',
  'compatibility_date',
  'compatibility_flags',
  'minify',
  'keep_names',
  'alias',
  'define',
  'upload_source_maps',
  'observability',
  'build',
  'assets',
  'durable_objects',
  'migrations',
  'version_metadata',
  'triggers',
  'vars',
  'limits',
];

/** Stands where wrangler wants an id for a local run; deployed, the resource is found by its name. */
const PLACEHOLDER_ID = /^[0-]+$/;

type Json = Readonly<Record<string, unknown>>;

/**
 * @param config what `wrangler.jsonc` holds
 * @param position which environment it is, counted from 0: sets its rate limits apart
 * @throws Error for a key of which it is not known whether it names a resource
 */
export function environmentConfig(
  app: WorkerApp,
  config: Json,
  { suffix, apps = {} }: Environment,
  position: number,
): Json {
  const named = (kind: string, bindings: unknown): unknown =>
    entriesOf(bindings).map((binding) => renamed(binding, NAMES[kind] ?? [], suffix));
  const convert = ([key, value]: [string, unknown]): [string, unknown] => {
    if (key === 'name') return [key, `${String(value)}${suffix}`];
    if (NAMES[key] !== undefined) return [key, named(key, value)];
    if (key === 'queues') {
      return [
        key,
        Object.fromEntries(Object.entries(value ?? {}).map(([kind, of]) => [kind, named(kind, of)])),
      ];
    }
    // A namespace is counted for the whole account.
    if (key === 'ratelimits') {
      const limits = entriesOf(value);
      return [
        key,
        limits.map((limit) => ({ ...limit, namespace_id: `${position}${limit['namespace_id']}` })),
      ];
    }
    if (SAME_EVERYWHERE.includes(key)) return [key, value];
    throw new Error(`${app}: say in scripts/lib/environment-config.ts whether ${key} differs by environment`);
  };
  const { workers_dev: _, preview_urls: __, ...described } = config;
  return {
    ...Object.fromEntries(Object.entries(described).map(convert)),
    // Both bypass the zone's own rules.
    workers_dev: false,
    preview_urls: false,
    ...apps[app],
  };
}

function renamed(binding: Json, fields: readonly string[], suffix: string): Json {
  const entries = Object.entries(binding).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'database_id' && PLACEHOLDER_ID.test(String(value))) return [];
    if (!fields.includes(key) || typeof value !== 'string') return [[key, value]];
    // Names of datasets have no hyphen.
    return [[key, `${value}${key === 'dataset' ? suffix.replaceAll('-', '_') : suffix}`]];
  });
  return Object.fromEntries(entries);
}

function entriesOf(value: unknown): Json[] {
  // Lists of objects, as wrangler's own schema has them.
  return Array.isArray(value) ? (value as Json[]) : [];
}
