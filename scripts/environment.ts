/**
 * Writes the wrangler configurations of one environment beside the apps' own: `pnpm run environment staging`.
 * They are made, not kept: change `wrangler.jsonc` or scripts/environments.ts and write them anew.
 */
import { writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { environments } from './environments.ts';
import { environmentConfig } from './lib/environment-config.ts';
import type { WorkerApp } from './lib/local-secrets.ts';

const root = resolve(import.meta.dirname, '..');
/** In the order in which they are first deployed: a service binding needs its Worker to be there. */
const apps: readonly WorkerApp[] = ['sync-cron', 'edge-partner-api'];

const [name = ''] = process.argv.slice(2);
const environment = environments[name];
if (environment === undefined) {
  console.error(
    `Which environment? One of ${Object.keys(environments).join(', ')} (scripts/environments.ts).`,
  );
  process.exit(2);
}
for (const app of apps) {
  const source = join(root, 'apps', app, 'wrangler.jsonc');
  const { rawConfig } = experimental_readRawConfig({ config: source });
  const target = join(root, 'apps', app, `wrangler.${name}.json`);
  const position = Object.keys(environments).indexOf(name);
  writeFileSync(
    target,
    `${JSON.stringify(environmentConfig(app, rawConfig, environment, position), null, 2)}\n`,
  );
  console.log(relative(root, target));
}
