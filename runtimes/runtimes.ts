import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import type { CaseResult } from './suite.ts';

export interface Runtime {
  /** With its version, as a column is headed. */
  readonly name: string;
  run(suiteUrl: string): Promise<readonly CaseResult[]>;
}

/** A hung runtime must not hang the build; the slowest suite takes seconds. */
const timeoutMs = 120_000;

const compatibilityDate = '2026-11-01';

const resolve = createRequire(import.meta.url).resolve;
const entry = join(import.meta.dirname, 'in-process.ts');

/** Every runtime that the portable packages promise. */
export async function listRuntimes(): Promise<readonly Runtime[]> {
  const node22 = join(dirname(resolve('node/package.json')), 'bin/node');
  const deno = join(import.meta.dirname, 'node_modules/.bin/deno');
  const bun = join(import.meta.dirname, 'node_modules/.bin/bun');
  const denoFlags = [
    'run',
    '--no-config',
    '--no-lock',
    '--node-modules-dir=manual',
    '--allow-read',
    '--allow-env',
  ];
  return [
    await describeProcess('Node', node22, ['--disable-warning=ExperimentalWarning']),
    await describeProcess('Node', process.execPath, []),
    await describeProcess('Deno', deno, denoFlags),
    await describeProcess('Bun', bun, ['run']),
    workerd('workerd', []),
    workerd('workerd + nodejs_compat', ['nodejs_compat']),
  ];
}

async function describeProcess(name: string, command: string, flags: readonly string[]): Promise<Runtime> {
  const version = /\d+\.\d+\.\d+/.exec(await output(command, ['--version']))?.[0];
  if (version === undefined) throw new Error(`${name} does not tell its version`);
  return {
    name: `${name} ${version}`,
    // in-process.ts prints exactly this.
    run: async (suiteUrl) => JSON.parse(await output(command, [...flags, entry, suiteUrl])) as CaseResult[],
  };
}

function output(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: timeoutMs });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((fulfil, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) fulfil(Buffer.concat(chunks).toString());
      else reject(new Error(`${command} ended with ${signal ?? code}`));
    });
  });
}

function workerd(name: string, compatibilityFlags: string[]): Runtime {
  return {
    name,
    async run(suiteUrl) {
      const contents = await bundleWorker(fileURLToPath(suiteUrl));
      const worker = new Miniflare({
        host: '127.0.0.1',
        port: 0,
        workers: [
          {
            config: {
              name: 'suite',
              compatibilityDate,
              compatibilityFlags,
              manifest: {
                mainModule: 'suite.mjs',
                modulesRoot: '/',
                modules: { 'suite.mjs': { type: 'esm', contents } },
              },
            },
          },
        ],
      });
      try {
        const response = await worker.dispatchFetch('http://suite.invalid/');
        // The Worker below answers exactly this.
        return (await response.json()) as CaseResult[];
      } finally {
        await worker.dispose();
      }
    },
  };
}

async function bundleWorker(suiteFile: string): Promise<string> {
  const contents = `
    import * as suite from ${JSON.stringify(suiteFile)};
    import { runSuite } from ${JSON.stringify(join(import.meta.dirname, 'suite.ts'))};
    export default { fetch: async () => Response.json(await runSuite(suite)) };`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('');
}
