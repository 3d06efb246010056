/**
 * A Worker's wrangler configuration for a local run, with the secrets it needs beside it. Wrangler looks for
 * `.dev.vars` next to the configuration and nowhere else (`--env-file` reaches the first of several Workers
 * only), so a run that must not touch a developer's own secrets takes a copy of the configuration elsewhere.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { type WorkerApp, writeVarsFile } from './local-secrets.ts';

export interface WorkerConfigOptions {
  readonly root: string;
  readonly vars: Readonly<Record<string, string>>;
}

function configOf(root: string, app: WorkerApp): string {
  return join(root, 'apps', app, 'wrangler.jsonc');
}

/** The app's own configuration, with its own `.dev.vars` written. */
export function ownConfig(app: WorkerApp, { root, vars }: WorkerConfigOptions): string {
  const config = configOf(root, app);
  writeVarsFile(join(dirname(config), '.dev.vars'), vars);
  return config;
}

/** A copy of the app's configuration in `folder`, with paths that lead back to the app. */
export function copiedConfig(app: WorkerApp, folder: string, { root, vars }: WorkerConfigOptions): string {
  const source = configOf(root, app);
  const absolute = (path: string): string => resolve(dirname(source), path);
  const { main, d1_databases, ...rest } = experimental_readRawConfig({ config: source }).rawConfig;
  const copy = {
    ...rest,
    ...(main !== undefined && { main: absolute(main) }),
    d1_databases: d1_databases?.map((database: { readonly migrations_dir?: string }) => ({
      ...database,
      ...(database.migrations_dir !== undefined && { migrations_dir: absolute(database.migrations_dir) }),
    })),
  };
  const target = join(folder, app, 'wrangler.json');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, JSON.stringify(copy, null, 2));
  writeVarsFile(join(dirname(target), '.dev.vars'), vars);
  return target;
}
