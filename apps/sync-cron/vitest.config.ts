import { join } from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { generateDataKey, generatePepper } from '@facepass-kit/protocol';
import { createSimulator } from '@facepass-kit/simulator';
import { defineConfig } from 'vitest/config';
import { SETTING_NAMES } from './src/env.ts';
import { credentials } from './test/support/credentials.ts';

const migrations = await readD1Migrations(join(import.meta.dirname, 'migrations'));
/** FacePass as the Worker's own entrypoints reach it, over the network they believe to have. */
const facepass = createSimulator({ merchants: [credentials] });

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.jsonc' },
      miniflare: {
        bindings: {
          // A developer's own .dev.vars, which wrangler reads, must not decide what the tests see.
          ...Object.fromEntries(SETTING_NAMES.map((name) => [name, ''])),
          FACEPASS_CLIENT_ID: credentials.clientId,
          FACEPASS_CLIENT_SECRET: credentials.clientSecret,
          FACEPASS_BASE_URL: 'https://facepass.test',
          FACEPASS_TOKEN_URL: 'https://facepass.test/token',
          PEPPER: generatePepper(),
          DATA_KEYS: JSON.stringify([generateDataKey('k1')]),
          SAFETY_LAG_SECONDS: '0',
          FACEPASS_REQUESTS_PER_SECOND: '1000',
          BACKFILL_REQUESTS_PER_SECOND: '1000',
          SEEDS: process.env['SEEDS'] ?? '',
          TEST_MIGRATIONS: migrations,
        },
        queueProducers: { DECISIONS: 'facepass-decisions' },
        outboundService: async (request: Request) => {
          const { url, method, headers } = request;
          const body = method === 'GET' ? null : await request.text();
          return await facepass.fetch(new Request(url, { method, headers: [...headers], body }));
        },
      },
    }),
  ],
  // Generous, since a machine may be busy with other packages' tests; nothing here waits for time to pass.
  test: { include: ['src/**/*.test.ts', 'test/**/*.test.ts'], testTimeout: 600_000 },
});
