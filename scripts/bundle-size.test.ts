import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What a location reads before the first question there is answered. */
const EDGE_MAX_BYTES = 120_000;
/** Bundling takes two seconds, and many times that on a busy machine. */
const BUILD_TIMEOUT_MS = 120_000;

describe('the bundle of the edge Worker', () => {
  it(`has at most ${EDGE_MAX_BYTES} bytes, compressed`, { timeout: BUILD_TIMEOUT_MS }, () => {
    expect(compressedSize('apps/edge-partner-api')).toBeLessThanOrEqual(EDGE_MAX_BYTES);
  });
});

/** Bytes of everything that would be uploaded, each part compressed by gzip; source maps stay with Cloudflare. */
function compressedSize(app: string): number {
  const directory = mkdtempSync(join(tmpdir(), 'facepass-bundle-'));
  try {
    const wrangler = join(
      dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
      'bin/wrangler.js',
    );
    const options = ['deploy', '--dry-run', '--outdir', directory];
    execFileSync(process.execPath, [wrangler, ...options], { cwd: join(root, app), stdio: 'pipe' });
    const parts = readdirSync(directory).filter((name) => !['.map', '.md'].includes(extname(name)));
    expect(parts).toContain('index.js');
    return parts.reduce((sum, name) => sum + gzipSync(readFileSync(join(directory, name))).byteLength, 0);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
