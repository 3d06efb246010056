import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it('brings the client for SDK tokens without lists, devices and the probe', async () => {
    const client = await bundled(`export { createSdkTokenClient } from '@facepass-kit/core/client';`);
    expect(client.filter((path) => /list\.ts|device|probe|verifications|walk\.ts/.test(path))).toEqual([]);
    expect(client.some((path) => path.endsWith('resources/prepare.ts'))).toBe(true);
  });

  it('brings the client without what belongs to tests', async () => {
    const client = await bundled(`export { createFacePassClient } from '@facepass-kit/core/client';`);
    expect(client.filter((path) => /testing|conformance|\.test\./.test(path))).toEqual([]);
    expect(client.some((path) => path.endsWith('client/transport.ts'))).toBe(true);
  });
});

describe('the published build', { timeout: 120_000 }, () => {
  // What an installation looks like: both packages as published, zod, and nothing of the workspace.
  const consumer = mkdtempSync(join(tmpdir(), 'facepass-core-'));
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const run = (cwd: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };
  const zod = dirname(createRequire(import.meta.url).resolve('zod/package.json'));

  beforeAll(() => {
    const modules = join(consumer, 'node_modules');
    for (const name of ['crypto', 'core']) {
      const source = join(root, '..', name);
      const installed = join(modules, '@facepass-kit', name);
      mkdirSync(installed, { recursive: true });
      const built = run(source, tsc, '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist'));
      if (built.status !== 0) throw new Error(built.output);
      const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
      writeFileSync(
        join(installed, 'package.json'),
        JSON.stringify({ ...manifest, exports: manifest.publishConfig.exports }),
      );
    }
    symlinkSync(zod, join(modules, 'zod'));
    writeFileSync(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
  }, 120_000);
  afterAll(() => rmSync(consumer, { recursive: true }));

  it('holds every file that the manifest names', () => {
    for (const { types, default: code } of Object.values(packageJson.publishConfig.exports)) {
      expect(existsSync(join(consumer, 'node_modules/@facepass-kit/core', types)), types).toBe(true);
      expect(existsSync(join(consumer, 'node_modules/@facepass-kit/core', code)), code).toBe(true);
    }
  });

  const program = `
    import { createFacePassClient, FacePassApiError } from '@facepass-kit/core';
    import { permissionsRequest } from '@facepass-kit/core/partner';
    import { createVirtualClock } from '@facepass-kit/core/testing';
    const client = createFacePassClient({
      ...createVirtualClock(0),
      clientId: 'a', clientSecret: 'b', baseUrl: 'https://facepass.test', tokenUrl: 'https://token.test/',
      fetch: async ({ url }: Request) => url.startsWith('https://token.test/')
        ? Response.json({ access_token: 't', expires_in: 60 })
        : Response.json({ resultType: 'SUCCESS', success: { registered: true, auditStatus: 'SUCCESS' } }),
    });
    const { registered } = await client.registrations.status('000001');
    const asked = permissionsRequest.parse({ merchantUserKey: '000001', params: { floor: 10 } });
    console.log(registered, asked.merchantUserKey, FacePassApiError.name);
  `;

  it('runs in plain Node', () => {
    writeFileSync(join(consumer, 'program.ts'), program);
    expect(run(consumer, 'program.ts')).toEqual({ status: 0, output: 'true 000001 FacePassApiError\n' });
  });

  it('typechecks for a consumer with strict settings and no workspace', () => {
    const compilerOptions = {
      strict: true,
      module: 'NodeNext',
      target: 'ES2023',
      lib: ['ES2023', 'DOM'],
      noEmit: true,
      types: [],
    };
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['program.ts'] }),
    );
    expect(run(consumer, tsc, '-p', consumer)).toEqual({ status: 0, output: '' });
  });
});
