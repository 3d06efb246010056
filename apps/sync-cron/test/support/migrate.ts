import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

/** Brings the database of this test file to the newest schema; after `emptyStores()` from nothing. */
export async function migrate(): Promise<void> {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
}
