import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');
const subpaths = Object.keys(packageJson.exports);

/** Source files that end up in a bundle which imports `code`, by their path from here. */
async function bundled(code: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: join(root, 'src'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
    absWorkingDir: root,
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return used.map(([path]) => path);
}

const folders = (paths: readonly string[]) => [
  ...new Set(paths.filter((path) => path.startsWith('src/')).map((path) => path.split('/')[1])),
];

describe('the package', () => {
  it('publishes what it exports here, path by path', () => {
    expect(Object.keys(packageJson.publishConfig.exports)).toEqual(subpaths);
    for (const [subpath, source] of Object.entries(packageJson.exports)) {
      expect(existsSync(join(root, source)), source).toBe(true);
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
      expect(Object.entries(packageJson.publishConfig.exports)).toContainEqual([
        subpath,
        { types: `${built}.d.ts`, default: `${built}.js` },
      ]);
    }
  });

  it('builds every file that it publishes', { timeout: 120_000 }, () => {
    const outDir = mkdtempSync(join(tmpdir(), 'facepass-core-'));
    try {
      const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
      execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir], { cwd: root });
      for (const { types, default: code } of Object.values(packageJson.publishConfig.exports)) {
        expect(existsSync(join(outDir, types.replace('./dist/', ''))), types).toBe(true);
        expect(existsSync(join(outDir, code.replace('./dist/', ''))), code).toBe(true);
      }
    } finally {
      rmSync(outDir, { recursive: true });
    }
  });

  it('has no effect by being imported', async () => {
    expect(packageJson.sideEffects).toBe(false);
    for (const subpath of subpaths) {
      expect(await bundled(`import ${JSON.stringify(`@facepass-kit/core${subpath.slice(1)}`)};`)).toEqual([]);
    }
  });

  it('lets the contract be used without the client', async () => {
    const contract = await bundled(`export * from '@facepass-kit/core/contract';`);
    expect(folders(contract)).toEqual(['contract']);
    expect(contract.filter((path) => path.includes('crypto'))).toEqual([]);
    const partner = await bundled(`export * from '@facepass-kit/core/partner';`);
    expect(folders(partner).sort()).toEqual(['contract', 'partner']);
  });

  it('leaves out of a bundle what is not imported, from the main entry too', async () => {
    const one = await bundled(`export { isKnownAuditStatus } from '@facepass-kit/core';`);
    expect(one.sort()).toEqual(['src/contract/open-enum.ts', 'src/contract/statuses.ts']);
    const schema = await bundled(`export { permissionsRequest } from '@facepass-kit/core';`);
    expect(folders(schema)).not.toContain('client');
    expect(folders(schema)).not.toContain('walk');
  });

  it('brings the client without what belongs to tests', async () => {
    const client = await bundled(`export { createFacePassClient } from '@facepass-kit/core/client';`);
    expect(client.filter((path) => /testing|conformance|\.test\./.test(path))).toEqual([]);
    expect(client.some((path) => path.endsWith('client/transport.ts'))).toBe(true);
  });
});
