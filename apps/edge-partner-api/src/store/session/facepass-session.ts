import { DurableObject } from 'cloudflare:workers';
import type { StoredToken } from '@facepass-kit/core/client';
import { createDataCipher, type DataCipher } from '@facepass-kit/protocol';
import { type Bindings, readSettings, required } from '../../env.ts';

/** Refused tokens remembered for one set of credentials: more than can plausibly be alive at once. */
const REFUSED_REMEMBERED = 16;

/**
 * What every isolate shares of our dealings with FacePass: the access token, sealed, and FacePass's public key.
 * One object, so that a token is issued once and a refused one is refused for all.
 */
export class FacePassSession extends DurableObject<Bindings> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS tokens (key TEXT PRIMARY KEY, hash TEXT NOT NULL, sealed TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS refused (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, hash TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS public_keys (name TEXT PRIMARY KEY, spki TEXT NOT NULL, fetched_at INTEGER NOT NULL) WITHOUT ROWID;
    `);
  }

  async readToken(key: string): Promise<StoredToken | null> {
    const [row] = this.#sql
      .exec<{ sealed: string }>('SELECT sealed FROM tokens WHERE key = ?', key)
      .toArray();
    if (row === undefined) return null;
    // A token under a data key that is gone is no token: another one is issued.
    const opened = await (await this.#cipher()).open(row.sealed, tokenPlace(key)).catch(() => null);
    // Sealed by `writeToken`, and bound to its place.
    return opened === null ? null : (JSON.parse(opened) as StoredToken);
  }

  /** @param hash SHA-256 of the token: a refused one is not written again by a slow writer. */
  async writeToken(key: string, hash: string, token: StoredToken): Promise<void> {
    const sealed = await (await this.#cipher()).seal(JSON.stringify(token), tokenPlace(key));
    const refused = this.#sql.exec('SELECT 1 FROM refused WHERE key = ? AND hash = ?', key, hash).toArray();
    if (refused.length > 0) return;
    this.#sql.exec('INSERT OR REPLACE INTO tokens (key, hash, sealed) VALUES (?, ?, ?)', key, hash, sealed);
  }

  async refuseToken(key: string, hash: string): Promise<void> {
    this.#sql.exec('INSERT INTO refused (key, hash) VALUES (?, ?)', key, hash);
    this.#sql.exec(
      `DELETE FROM refused WHERE key = ?1 AND number NOT IN
         (SELECT number FROM refused WHERE key = ?1 ORDER BY number DESC LIMIT ?2)`,
      key,
      REFUSED_REMEMBERED,
    );
    this.#sql.exec('DELETE FROM tokens WHERE key = ? AND hash = ?', key, hash);
  }

  async readPublicKey(): Promise<{ spki: string; fetchedAt: number } | null> {
    const [row] = this.#sql
      .exec<{ spki: string; fetched_at: number }>(
        "SELECT spki, fetched_at FROM public_keys WHERE name = 'facepass'",
      )
      .toArray();
    return row === undefined ? null : { spki: row.spki, fetchedAt: row.fetched_at };
  }

  async writePublicKey(spki: string, fetchedAt: number): Promise<void> {
    this.#sql.exec(
      `INSERT INTO public_keys (name, spki, fetched_at) VALUES ('facepass', ?1, ?2)
       ON CONFLICT (name) DO UPDATE SET spki = excluded.spki, fetched_at = excluded.fetched_at
       WHERE excluded.fetched_at >= public_keys.fetched_at`,
      spki,
      fetchedAt,
    );
  }

  async #cipher(): Promise<DataCipher> {
    return await createDataCipher(required(readSettings(this.env), 'DATA_KEYS'));
  }
}

/** Binds a sealed token to its credentials. */
function tokenPlace(key: string): string {
  return `facepass.token:${key}`;
}
