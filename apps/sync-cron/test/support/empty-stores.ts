import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

/**
 * Empties every store. `reset` empties what is in memory, and the runtime drops what nobody has asked for ten seconds: it
 * would keep all it had, for the next test to find. So each store is asked first.
 */
export async function emptyStores(): Promise<void> {
  await Promise.all([env.DB.prepare('SELECT 1').run(), env.ARCHIVE.head('any')]);
  await reset();
}
