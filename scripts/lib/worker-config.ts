/**
 * A Worker's wrangler configuration for a local run, with the secrets it needs beside it. Wrangler looks for
 * `.dev.vars` next to the configuration and nowhere else (`--env-file` reaches the first of several Workers
 * only). A local run takes a copy of the configuration elsewhere, so that it never writes over the `.dev.vars` that
 * a developer keeps in the app's folder for a run of their own.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { type WorkerApp, writeVarsFile } from './local-secrets.ts';

export interface WorkerConfigOptions {
  readonly root: string;
  /** Where the copies go. */
  readonly folder: string;
  readonly vars: Readonly<Record<string, string>>;
}

/** Copies the app's configuration, with paths that lead back to the app; answers where the copy is. */
export function localConfig(app: WorkerApp, { root, folder, vars }: WorkerConfigOptions): string {
  const source = join(root, 'apps', app, 'wrangler.jsonc');
  const absolute = (path: string): string => resolve(dirname(source), path);
  const { main, alias, d1_databases, assets, build, ...rest } = experimental_readRawConfig({
    config: source,
  }).rawConfig;
  const copy = {
    ...rest,
    ...(main !== undefined && { main: absolute(main) }),
    ...(alias !== undefined && {
      alias: Object.fromEntries(Object.entries(alias).map(([name, path]) => [name, absolute(String(path))])),
    }),
    ...(assets?.directory !== undefined && { assets: { ...assets, directory: absolute(assets.directory) } }),
    ...(build !== undefined && {
      build: { ...build, cwd: dirname(source), watch_dir: [build.watch_dir ?? []].flat().map(absolute) },
    }),
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
