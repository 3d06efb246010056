declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../../src/index.ts');
  }
  interface Env {
    DB: D1Database;
    ARCHIVE: R2Bucket;
    BACKFILL: Workflow;
    BACKFILL_MONTH: Workflow;
    DECISIONS: Queue;
    FACEPASS_CLIENT_ID: string;
    FACEPASS_CLIENT_SECRET: string;
    FACEPASS_BASE_URL: string;
    FACEPASS_TOKEN_URL: string;
    PEPPER: string;
    DATA_KEYS: string;
    SAFETY_LAG_SECONDS: string;
    SEEDS: string;
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[];
  }
}
