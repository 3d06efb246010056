/**
 * `node run.ts SUITE [--markdown]`: runs a portable suite in every runtime and prints one row per group, one
 * column per runtime. With `--markdown` the table is what the reference pages carry.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { listRuntimes } from './runtimes.ts';
import type { CaseResult } from './suite.ts';

const { values: options, positionals } = parseArgs({
  options: { markdown: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [suiteFile] = positionals;
if (suiteFile === undefined) throw new Error('Usage: node run.ts SUITE [--markdown]');
const suiteUrl = pathToFileURL(resolve(suiteFile)).href;

const columns: { readonly name: string; readonly results: readonly CaseResult[] }[] = [];
for (const { name, run } of await listRuntimes()) {
  const start = performance.now();
  const results = await run(suiteUrl);
  console.error(`${name}: ${results.length} cases in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  columns.push({ name, results });
  for (const { group, name: title, failure } of results) {
    if (failure !== undefined) console.error(`✗ ${name}: ${group}: ${title}\n${failure}\n`);
  }
}

const groups = [...new Set(columns.flatMap(({ results }) => results.map(({ group }) => group)))];
const table = [
  ['', ...columns.map(({ name }) => name)],
  ...groups.map((group) => [
    group,
    ...columns.map(({ results }) => tally(results.filter((r) => r.group === group))),
  ]),
];
console.log(options.markdown ? toMarkdown(table) : toColumns(table));

const all = columns.flatMap(({ results }) => results);
const failed = all.filter(({ failure }) => failure !== undefined).length;
// A suite that ran nothing somewhere has shown nothing there.
const silent = columns.filter(({ results }) => results.length === 0).length;
if (!options.markdown) {
  console.log(`runtimes: ${all.length - failed} passed, ${failed} failed, in ${columns.length} runtimes`);
}
if (failed > 0 || silent > 0) process.exitCode = 1;

function tally(results: readonly CaseResult[]): string {
  const passed = results.filter(({ failure }) => failure === undefined).length;
  return passed === results.length ? `✓ ${passed}` : `✗ ${passed}/${results.length}`;
}

function toColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function toMarkdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
