/**
 * The edge Worker as it is deployed, in workerd through Miniflare, with KV, D1, Durable Objects, queue and limits. FacePass
 * is a handler here that gives tokens and its public key. No wrangler proxy stands in between.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateKeyPair } from '@facepass-kit/crypto';
import { createAdminClient, generateDataKey, generatePepper } from '@facepass-kit/protocol';
import { Miniflare, Response } from 'miniflare';

const app = join(import.meta.dirname, '../../apps/edge-partner-api');
const ORIGIN = 'http://edge.invalid';
const ADMIN_TOKEN = 'admin-token-of-a-benchmark';
const PARTNER_TOKEN = 'partner-token-of-a-benchmark';
/** No benchmark comes near it. */
const LIMIT = 1_000_000_000;

export async function startEdgeWorker() {
  const directory = mkdtempSync(join(tmpdir(), 'facepass-edge-bench-'));
  bundle(directory);
  const [ours, facePass] = await Promise.all([generateKeyPair(), generateKeyPair()]);
  const text = (value: string) => ({ type: 'text' as const, value });
  const durableObject = (exportName: string) => ({
    type: 'durable-object' as const,
    worker: 'edge',
    exportName,
  });
  const limit = (namespace: string) => ({
    type: 'rate-limit' as const,
    namespace,
    simple: { limit: LIMIT, period: 60 as const },
  });
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    workers: [
      {
        config: {
          name: 'edge',
          compatibilityDate: '2026-11-01',
          env: {
            RULES: { type: 'kv', id: 'rules' },
            DB: { type: 'd1', id: 'edge' },
            GUARD: durableObject('Guard'),
            SESSION: durableObject('FacePassSession'),
            DECISIONS: { type: 'queue', name: 'decisions' },
            VALIDATE_LIMIT: limit('1'),
            VALIDATE_MISS_LIMIT: limit('2'),
            PARTNER_TOKENS: text(PARTNER_TOKEN),
            ADMIN_TOKEN: text(ADMIN_TOKEN),
            PEPPER: text(generatePepper()),
            DATA_KEYS: text(JSON.stringify([generateDataKey('bench')])),
            ENVELOPE_PRIVATE_JWKS: text(JSON.stringify({ keys: [ours.privateJwk] })),
            FACEPASS_CLIENT_ID: text('client'),
            FACEPASS_CLIENT_SECRET: text('secret'),
            FACEPASS_BASE_URL: text('https://facepass.invalid'),
            FACEPASS_TOKEN_URL: text('https://facepass.invalid/token'),
          },
          exports: {
            Guard: { type: 'durable-object', storage: 'sqlite' },
            FacePassSession: { type: 'durable-object', storage: 'sqlite' },
          },
          manifest: {
            mainModule: 'index.js',
            modulesRoot: '/',
            modules: {
              'index.js': { type: 'esm', contents: readFileSync(join(directory, 'index.js'), 'utf8') },
            },
          },
        },
        dev: {
          outboundService: {
            type: 'fetcher',
            handler: (request) =>
              new URL(request.url).pathname === '/token'
                ? Response.json({ access_token: 'token', token_type: 'Bearer', expires_in: 3_600 })
                : Response.json({ resultType: 'SUCCESS', success: { rsaKey: facePass.publicKeySpkiBase64 } }),
          },
        },
      },
    ],
  });
  const db = await miniflare.getD1Database('DB');
  for (const file of readdirSync(join(app, 'migrations')).sort()) {
    const sql = readFileSync(join(app, 'migrations', file), 'utf8').replaceAll(/--.*$/gm, '');
    await db.batch(
      sql
        .split(';')
        .filter((statement) => statement.trim() !== '')
        .map((statement) => db.prepare(statement)),
    );
  }
  const fetchFrom = async (
    path: string,
    init: { method: string; headers: Record<string, string>; body?: string },
  ) => await miniflare.dispatchFetch(`${ORIGIN}${path}`, init);
  return {
    /** Under which FacePass seals for us. */
    publicKeySpkiBase64: ours.publicKeySpkiBase64,
    admin: createAdminClient({
      baseUrl: ORIGIN,
      token: ADMIN_TOKEN,
      async fetch(input, init) {
        const request = new Request(input instanceof Request ? input : input.toString(), init);
        const answer = await fetchFrom(new URL(request.url).pathname, {
          method: request.method,
          headers: Object.fromEntries(request.headers),
          body: await request.text(),
        });
        return new globalThis.Response(await answer.text(), { status: answer.status });
      },
    }),
    /** Asks as FacePass does; the status of the answer, which was read to its end. */
    async ask(path: string, body: string): Promise<number> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${PARTNER_TOKEN}` };
      const response = await fetchFrom(path, { method: 'POST', headers, body });
      await response.text();
      return response.status;
    },
    async stop() {
      await miniflare.dispose();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function bundle(directory: string): void {
  const manifest = createRequire(join(app, 'package.json')).resolve('wrangler/package.json');
  const wrangler = join(dirname(manifest), 'bin/wrangler.js');
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', directory], {
    cwd: app,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
