import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What a location reads before the first question there is answered: 120 KB as wrangler prints it. */
const EDGE_MAX_BYTES = 120 * 1024;
/** Bundling takes two seconds, and many times that on a busy machine. */
const BUILD_TIMEOUT_MS = 120_000;

describe('the bundle of the edge Worker', () => {
  it(`has at most ${EDGE_MAX_BYTES} bytes, compressed`, { timeout: BUILD_TIMEOUT_MS }, () => {
    const parts = bundle('apps/edge-partner-api');
    const bytes = parts.map((part) => gzipSync(part).byteLength).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(EDGE_MAX_BYTES);
    // Left out by an alias in wrangler.jsonc, which names files inside zod: an upgrade may move them.
    expect(parts.filter((part) => part.includes('json-schema.org'))).toEqual([]);
  });
});

describe('what stands in the bundle for a part of zod', () => {
  it('has all the helpers that zod’s schemas call, so that an upgrade which calls another is noticed', () => {
    const edge = join(root, 'apps/edge-partner-api');
    const schemas = readFileSync(join(edge, 'node_modules/zod/v4/classic/schemas.js'), 'utf8');
    const called = new Set([...schemas.matchAll(/\butil\.(\w+)/g)].map(([, name = '']) => name));
    const standIn = readFileSync(join(edge, 'bundle/without-unused-schemas.js'), 'utf8');
    const [, helpers = ''] = /export const util = \{([^}]*)\}/.exec(standIn) ?? [];
    const named = [...helpers.matchAll(/(\w+)(: absent)?,/g)].map(([, name = '']) => name);
    expect(called.size).toBeGreaterThan(0);
    expect(new Set(named)).toEqual(called);
  });
});

/** Everything that would be uploaded; source maps stay with Cloudflare. */
function bundle(app: string): Buffer[] {
  const directory = mkdtempSync(join(tmpdir(), 'facepass-bundle-'));
  try {
    const wrangler = join(
      dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
      'bin/wrangler.js',
    );
    const options = ['deploy', '--dry-run', '--outdir', directory];
    execFileSync(process.execPath, [wrangler, ...options], { cwd: join(root, app), stdio: 'pipe' });
    const names = readdirSync(directory).filter((name) => !['.map', '.md'].includes(extname(name)));
    expect(names).toContain('index.js');
    return names.map((name) => readFileSync(join(directory, name)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
