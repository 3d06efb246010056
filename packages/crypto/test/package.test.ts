import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Manifest {
  readonly name: string;
  readonly dependencies?: object;
  readonly exports: Readonly<Record<string, string>>;
  readonly publishConfig: { readonly exports: Readonly<Record<string, { types: string; default: string }>> };
}

// The package's own manifest, whose shape the tests below check.
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const subpaths = Object.keys(manifest.exports);

/** 5 KB, not KiB, so that it holds by either reading. */
const maxGzipBytes = 5_000;

async function bundle(source: string) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, source)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
  });
  const code = outputFiles.map(({ text }) => text).join('');
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  return { code, imported };
}

describe('what a bundler makes of it', () => {
  it('is at most 5 KB of gzip for everything the main entry exports', async () => {
    const { code } = await bundle(manifest.exports['.'] ?? '');
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(maxGzipBytes);
  });

  it.each(Object.entries(manifest.exports))('imports nothing from outside: %s', async (_, source) => {
    expect((await bundle(source)).imported).toEqual([]);
  });

  it('leaves out what is not used', async () => {
    const contents = "export { decodeBase64 } from './src/index.ts';";
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: root, loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    expect(outputFiles[0]?.text).not.toContain('RSA');
  });
});

describe('the manifest', () => {
  it('has no dependencies', () => {
    expect(manifest.dependencies).toBeUndefined();
  });

  it('publishes for every subpath what the workspace uses', () => {
    const published = Object.entries(manifest.exports).map(([subpath, source]) => {
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
      return [subpath, { types: `${built}.d.ts`, default: `${built}.js` }] as const;
    });
    expect(manifest.publishConfig.exports).toEqual(Object.fromEntries(published));
  });
});

describe('the published build', () => {
  // What an installation looks like: the manifest as published, the build, and nothing else.
  const consumer = mkdtempSync(join(tmpdir(), 'facepass-crypto-'));
  const installed = join(consumer, 'node_modules', manifest.name);
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  afterAll(() => rmSync(consumer, { recursive: true }));

  mkdirSync(installed, { recursive: true });
  const run = (script: string, args: readonly string[], cwd: string) =>
    execFileSync(process.execPath, [script, ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  run(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')], root);
  const published = { ...manifest, exports: manifest.publishConfig.exports };
  writeFileSync(join(installed, 'package.json'), JSON.stringify(published));

  it('has the files its exports name', () => {
    for (const { types, default: code } of Object.values(published.exports)) {
      expect(existsSync(join(installed, types)), types).toBe(true);
      expect(existsSync(join(installed, code)), code).toBe(true);
    }
  });

  it('seals and opens when imported by name', () => {
    writeFileSync(
      join(consumer, 'use.mjs'),
      `
      ${subpaths.map((subpath) => `import ${JSON.stringify(join(manifest.name, subpath))};`).join('\n')}
      import { createOpener, createSealer, generateKeyPair, importPeerKey, importPrivateKeys } from '${manifest.name}';
      import { fieldCodecs } from '${manifest.name}/fields';
      const pair = await generateKeyPair();
      const sealer = createSealer({ peer: await importPeerKey(pair.publicKeySpkiBase64) });
      const opener = createOpener({ keys: await importPrivateKeys({ keys: [pair.privateJwk] }) });
      const envelope = await sealer.seal({ encryptedName: '홍길동' });
      const { encryptedName } = fieldCodecs;
      console.log(JSON.stringify(await opener.open(envelope, { encryptedName })));
      `,
    );
    expect(JSON.parse(run('use.mjs', [], consumer))).toEqual({ encryptedName: '홍길동' });
  });

  it('typechecks for a consumer, down to the names of the fields', () => {
    writeFileSync(
      join(consumer, 'use.ts'),
      `
      import { createOpener, createSealer, type PeerKey, type PrivateKeys, type Sealed } from '${manifest.name}';
      import { probeScheme } from '${manifest.name}/probe';
      import { pkcs1KeyWrap } from '${manifest.name}/pkcs1';
      declare const peer: PeerKey;
      declare const keys: PrivateKeys;
      const sealed: Sealed<'encryptedName'> = await createSealer({ peer }).seal({ encryptedName: '홍길동' });
      const { encryptedName } = await createOpener({ keys }).open(sealed, ['encryptedName']);
      export const name: string = encryptedName;
      export const report = probeScheme({ peer, keyWraps: [pkcs1KeyWrap], send: async () => ({ accepted: true }) });
      `,
    );
    const options = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
    ];
    writeFileSync(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
    expect(run(tsc, [...options, 'use.ts'], consumer)).toBe('');
  });
});
