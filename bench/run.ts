/**
 * The benchmark harness: `pnpm bench [--json] [--only NAME]... [--check]`. See README.md beside it.
 */
import { fork } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figure, keepsItsPromise } from './lib/figure.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});

const names = globSync('*.bench.ts', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.bench.ts'))
  .sort();
const unknown = options.only.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const name of names.filter((name) => options.only.length === 0 || options.only.includes(name))) {
  figures.push(...(await runModule(name)));
}
const broken = figures.filter((figure) => !keepsItsPromise(figure));

if (options.json) {
  console.log(
    JSON.stringify(Object.fromEntries(figures.map(({ name, value }) => [name, round(value)])), null, 2),
  );
} else {
  for (const figure of figures) console.log(describe(figure));
  console.log(`bench: ${figures.length} figures, ${broken.length} outside their bounds`);
}
if (options.check && broken.length > 0) process.exitCode = 1;

/** Four significant digits: more would be noise. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

function describe(figure: Figure): string {
  const bounds = [
    ...(figure.atLeast === undefined ? [] : [`≥ ${figure.atLeast}`]),
    ...(figure.atMost === undefined ? [] : [`≤ ${figure.atMost}`]),
  ].join(', ');
  const verdict = bounds === '' ? '' : `${keepsItsPromise(figure) ? 'ok  ' : 'MISS'} ${bounds}`;
  return `${figure.name.padEnd(48)} ${String(round(figure.value)).padStart(10)}  ${verdict}`.trimEnd();
}

function runModule(name: string): Promise<readonly Figure[]> {
  const child = fork(
    join(import.meta.dirname, 'lib/child.ts'),
    [join(import.meta.dirname, `${name}.bench.ts`)],
    // stdout is for figures only; whatever a module prints goes to stderr.
    { execArgv: ['--expose-gc'], stdio: ['ignore', 2, 2, 'ipc'] },
  );
  return new Promise((resolve, reject) => {
    // The channel carries what child.ts sends and nothing else.
    child.on('message', (message) => resolve(message as readonly Figure[]));
    child.on('exit', (code) => reject(new Error(`The benchmark ${name} ended (${code}) without figures.`)));
  });
}
