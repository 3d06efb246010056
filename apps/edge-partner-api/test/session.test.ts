import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { tokenStoreContract } from '@facepass-kit/core/testing';
import { generateKeyPair } from '@facepass-kit/crypto';
import { describe, expect, it } from 'vitest';
import { createFacePassKey, type FetchedKey } from '../src/store/session/facepass-key.ts';
import { createSessionTokenStore } from '../src/store/session/token-store.ts';
import { sharedStores } from './world.ts';

sharedStores();

describe('the session as a token store', () => {
  it.each(tokenStoreContract)('$name', async ({ run }) => {
    await run(() => {
      const stub = env.SESSION.getByName(crypto.randomUUID());
      return createSessionTokenStore(() => stub);
    });
  });

  it('keeps a token across a restart, and nowhere in the clear', async () => {
    const stub = env.SESSION.getByName('restart');
    const store = createSessionTokenStore(() => stub);
    await store.write('a'.repeat(64), { accessToken: 'marked-access-token', expiresAtMs: 1 });
    await evictDurableObject(stub);
    expect(await store.read('a'.repeat(64))).toMatchObject({ accessToken: 'marked-access-token' });
    const rows = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec('SELECT * FROM tokens').toArray(),
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('marked');
  });
});

describe("FacePass's public key", () => {
  const HOUR = 60 * 60_000;

  async function world() {
    const spki = (await generateKeyPair()).publicKeySpkiBase64;
    const state = { now: 0, fetched: 0, up: true, shared: null as FetchedKey | null };
    const create = () =>
      createFacePassKey({
        now: () => state.now,
        fetchKey: async () => {
          if (!state.up) throw new Error('down');
          state.fetched += 1;
          return spki;
        },
        shared: {
          read: async () => state.shared,
          write: async (key) => {
            state.shared = key;
          },
        },
      });
    return { state, create };
  }

  it('is fetched once for all isolates, and again after an hour', async () => {
    const { state, create } = await world();
    const [one, two] = [create(), create()];
    await one.current();
    await one.current();
    await two.current();
    expect(state.fetched).toBe(1);
    state.now = HOUR;
    await two.current();
    await one.current();
    expect(state.fetched).toBe(2);
  });

  it('serves a day while FacePass is away, and no longer', async () => {
    const { state, create } = await world();
    const key = create();
    const { kid } = await key.current();
    state.up = false;
    state.now = 23 * HOUR;
    expect((await key.current()).kid).toBe(kid);
    expect((await create().current()).kid).toBe(kid);
    state.now = 24 * HOUR;
    await expect(key.current()).rejects.toThrow('down');
    await expect(create().current()).rejects.toThrow('down');
  });
});
