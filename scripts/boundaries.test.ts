/**
 * The arrows of the house, held by a test: which workspace may import which,
 * and which packages must stay free of any runtime's own modules.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Allowed imports between workspaces, source and tests alike. */
const arrows: Record<string, readonly string[]> = {
  'packages/crypto': [],
  'packages/core': ['crypto'],
  'packages/access': [],
  'packages/protocol': ['core', 'access'],
  'packages/simulator': ['core', 'crypto'],
  'packages/cli': ['core', 'crypto', 'access', 'protocol', 'simulator'],
  'apps/edge-partner-api': ['core', 'crypto', 'access', 'protocol'],
  'apps/sync-cron': ['core', 'crypto', 'access', 'protocol'],
  'apps/console': ['protocol', 'access'],
};

/** Test code may drive a client or an app against the vendor's side. */
const testOnlyArrows: Record<string, readonly string[]> = {
  'apps/edge-partner-api': ['simulator'],
  'apps/sync-cron': ['simulator'],
};

/** Packages that promise to run in Node, Deno, Bun, workerd and browsers. */
const portable = ['packages/crypto', 'packages/core', 'packages/access', 'packages/protocol'];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const importPattern =
  /(?:^|[\s;}])(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(workspace: string): Import[] {
  const files = globSync('**/*.ts', {
    cwd: join(root, workspace),
    exclude: ['**/node_modules/**', '**/dist/**'],
  });
  return files.flatMap((file) => {
    const path = join(workspace, file);
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(importPattern)].map((match) => ({
      file: path,
      specifier: match[1] ?? match[2] ?? '',
    }));
  });
}

function isTestCode(file: string): boolean {
  return (
    /\.test(-d)?\.ts$|\/(test|tests|conformance|runtimes)\//.test(file) || /\/[^/]*\.config\.ts$/.test(file)
  );
}

const workspaces = globSync('{packages,apps}/*/package.json', { cwd: root }).map((file) => dirname(file));

describe('import boundaries', () => {
  it('names every workspace that exists', () => {
    expect(workspaces.length).toBeGreaterThan(0);
    expect(workspaces.filter((workspace) => arrows[workspace] === undefined)).toEqual([]);
  });

  it.each(workspaces)('%s imports only what its arrows allow', (workspace) => {
    const offending = importsOf(workspace).filter(({ file, specifier }) => {
      const name = /^@facepass-kit\/([^/]+)/.exec(specifier)?.[1];
      if (name === undefined || `packages/${name}` === workspace) return false;
      const allowed = [
        ...(arrows[workspace] ?? []),
        ...(isTestCode(file) ? (testOnlyArrows[workspace] ?? []) : []),
      ];
      return !allowed.includes(name);
    });
    expect(offending).toEqual([]);
  });

  it.each(workspaces)('%s reaches no other workspace by a relative path', (workspace) => {
    const offending = importsOf(workspace).filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const target = relative(root, resolve(root, dirname(file), specifier));
      return !target.startsWith(`${workspace}/`);
    });
    expect(offending).toEqual([]);
  });

  it.each(portable)('%s uses no module of a single runtime in its source', (workspace) => {
    const offending = importsOf(workspace).filter(
      ({ file, specifier }) =>
        file.startsWith(`${workspace}/src/`) &&
        !isTestCode(file) &&
        /^(node:|cloudflare:|bun:|deno:)/.test(specifier),
    );
    const excepted = offending.filter(({ file }) => !runtimeSpecific.includes(file));
    expect(excepted).toEqual([]);
  });
});

/** Files behind a subpath export of their own that say so in the reference: none yet. */
const runtimeSpecific: readonly string[] = [];
