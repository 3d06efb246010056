import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** The script of a Worker as it would be deployed, bundled by its own wrangler. */
export function workerBundle(app: string, configuration: string, directory: string): string {
  const manifest = createRequire(join(app, 'package.json')).resolve('wrangler/package.json');
  const wrangler = join(dirname(manifest), 'bin/wrangler.js');
  const outdir = join(directory, basename(dirname(configuration)));
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', outdir, '-c', configuration], {
    cwd: app,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const main = readFileSync(configuration, 'utf8').match(/"main": "(?:.*\/)?([^"/]+)\.ts"/)?.[1] ?? 'index';
  return readFileSync(join(outdir, `${main}.js`), 'utf8');
}
