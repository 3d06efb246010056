import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { generateKeyPair } from '@facepass-kit/crypto';
import { generateDataKey, generatePepper } from '@facepass-kit/protocol';
import { defineConfig, defineProject } from 'vitest/config';
import { SETTING_NAMES } from './src/env.ts';

// A Durable Object waits until each write is on disk: on a busy disk that is nearly all the time tests take.
const memoryDisk = '/dev/shm';
if (process.env['TMPDIR'] === undefined && existsSync(memoryDisk)) process.env['TMPDIR'] = memoryDisk;

const [migrations, partnerKeys, foreignKeys, facePassKeys] = await Promise.all([
  readD1Migrations(join(import.meta.dirname, 'migrations')),
  generateKeyPair(),
  generateKeyPair(),
  generateKeyPair(),
]);

/**
 * The mirror as the edge app sees it: an entrypoint behind the service binding, and the consumer of the queue.
 * It keeps the last decisions that reached it, so that tests can read what came through the real queue.
 */
const mirrorStandIn = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const decisions = [];
  export class MirrorService extends WorkerEntrypoint {
    async sync() {
      return { runId: 'run-1', trigger: 'request', startedAt: 1, finishedAt: 2, streams: [] };
    }
    async recentVerifications(query) {
      if (query.limit === 999) throw new Error('out of order');
      return [{ id: '1', merchantUserKey: query.merchantUserKey ?? null, status: 'SUCCESS', resultCode: null,
        customCode: null, deviceId: null, params: { floor: '10' }, verifiedAt: 1, transactionId: null }];
    }
    async recentRegistrations() { return [{ id: '1', merchantUserKey: null, auditStatus: 'SUCCESS', eventAt: 1 }]; }
    async renew() { return { renewed: 0, done: true }; }
    // A test that asks for no number of them wants the messages as they came through the queue.
    async recentDecisions({ limit }) {
      if (limit === undefined) return decisions;
      return decisions.slice(0, limit).map(({ v, person, ...decision }) => ({ ...decision, merchantUserKey: null }));
    }
    async unusedPermits({ after }) { return { permits: [], next: after }; }
    async missingDecisions() { return []; }
  }
  export default {
    fetch: () => new Response(null, { status: 404 }),
    queue(batch) {
      for (const { body } of batch.messages) decisions.push(...(body.decisions ?? [body]));
      decisions.splice(0, decisions.length - 500);
    },
  };
`;

/** The endpoints of FacePass that the edge app itself calls; everything else it might call is refused. */
const vendor = `
  export default {
    async fetch(request, env) {
      const { pathname } = new URL(request.url);
      const body = new TextDecoder().decode(await request.arrayBuffer());
      if (request.method === 'POST' && pathname === '/token') {
        return Response.json({ access_token: 'marked-access-token', token_type: 'Bearer', expires_in: 3600 });
      }
      if (request.method === 'POST' && pathname === '/api/v1/rsa-public-key') {
        return Response.json({ resultType: 'SUCCESS', success: { rsaKey: env.PUBLIC_KEY } });
      }
      if (request.method === 'POST' && pathname === '/api/v1/merchant/verify-token') {
        return Response.json({ resultType: 'SUCCESS', success: { token: 'entry-sdk-token' } });
      }
      if (request.method === 'POST' && pathname === '/api/v1/merchant/face-register-prepare') {
        const { merchantUserKey, encryptedCI, encryptedName, encryptedPhoneNumber } = JSON.parse(body);
        if (merchantUserKey === 'twice') {
          return Response.json({ resultType: 'FAIL', error: { errorCode: 'DUPLICATED_USERKEY', reason: 'registered' } });
        }
        const sealed = Boolean(encryptedCI && encryptedName && encryptedPhoneNumber);
        return Response.json({ resultType: 'SUCCESS', success: { completed: sealed, txId: 'tx-9', token: 'register-sdk-token' } });
      }
      return new Response(null, { status: 404 });
    },
  };
`;

/** The Worker, in workerd with its bindings. */
const worker = defineProject({
  // What the document says of an answer is held against every answer (test/documented.ts).
  define: { 'globalThis.WITHOUT_DOCS': 'undefined' },
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.jsonc' },
      miniflare: {
        bindings: {
          // A developer's own .dev.vars, which wrangler reads, must not decide what the tests see.
          ...Object.fromEntries(SETTING_NAMES.map((name) => [name, ''])),
          PARTNER_TOKENS: 'partner-token-of-this-year,partner-token-of-last-year',
          ADMIN_TOKEN: 'admin-token-of-these-tests',
          ENVELOPE_PRIVATE_JWKS: JSON.stringify({ keys: [partnerKeys.privateJwk] }),
          PEPPER: generatePepper(),
          DATA_KEYS: JSON.stringify([generateDataKey('k1')]),
          FACEPASS_CLIENT_ID: 'client',
          FACEPASS_CLIENT_SECRET: 'marked-client-secret',
          FACEPASS_BASE_URL: 'https://facepass.test',
          FACEPASS_TOKEN_URL: 'https://oauth.test/token',
          TEST_MIGRATIONS: migrations,
          TEST_PARTNER_PUBLIC_KEY: partnerKeys.publicKeySpkiBase64,
          TEST_FOREIGN_PUBLIC_KEY: foreignKeys.publicKeySpkiBase64,
          TEST_FACEPASS_JWKS: JSON.stringify({ keys: [facePassKeys.privateJwk] }),
        },
        analyticsEngineDatasets: { TEST_METRICS: { dataset: 'tests' } },
        outboundService: 'vendor',
        workers: [
          {
            name: 'vendor',
            modules: true,
            compatibilityDate: '2026-11-01',
            script: vendor,
            bindings: { PUBLIC_KEY: facePassKeys.publicKeySpkiBase64 },
          },
          {
            name: 'facepass-sync',
            modules: true,
            compatibilityDate: '2026-11-01',
            script: mirrorStandIn,
            queueConsumers: { 'facepass-decisions': { maxBatchTimeout: 0, maxBatchSize: 100 } },
          },
        ],
      },
    }),
  ],
  test: {
    name: 'worker',
    // Each test empties the stores it uses; a worker for every file would cost more than all tests together.
    isolate: false,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  },
});

/** What is made of the Worker before it is deployed, in Node. */
const apiDocs = defineProject({ test: { name: 'api-docs', include: ['api-docs/**/*.test.ts'] } });

export default defineConfig({ test: { silent: 'passed-only', projects: [worker, apiDocs] } });
