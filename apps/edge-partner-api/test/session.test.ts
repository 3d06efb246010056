import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { tokenStoreContract } from '@facepass-kit/core/testing';
import { generateKeyPair } from '@facepass-kit/crypto';
import { describe, expect, it } from 'vitest';
import { createFacePassKey, type FacePassKey, type FetchedKey } from '../src/store/session/facepass-key.ts';
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
    const { publicKeySpkiBase64: spki } = await generateKeyPair();
    const state = { now: 0, fetched: 0, up: true, spki, shared: null as FetchedKey | null };
    const create = () =>
      createFacePassKey({
        now: () => state.now,
        fetchKey: async () => {
          if (!state.up) throw new Error('down');
          state.fetched += 1;
          return state.spki;
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

  /** Asks, and waits for what happens behind the answer. */
  async function ask(key: FacePassKey) {
    const behind: Promise<unknown>[] = [];
    const answered = await key.current((work) => void behind.push(work));
    await Promise.all(behind);
    return { kid: answered.kid, behind: behind.length };
  }

  it('is fetched once for all isolates, and again behind the first answer after an hour', async () => {
    const { state, create } = await world();
    const [one, two] = [create(), create()];
    await ask(one);
    await ask(one);
    await ask(two);
    expect(state.fetched).toBe(1);
    state.now = HOUR;
    expect(await ask(two)).toMatchObject({ behind: 1 });
    expect(await ask(one)).toMatchObject({ behind: 1 });
    expect(state.fetched).toBe(2);
    expect(await ask(one)).toMatchObject({ behind: 0 });
  });

  it('is another one for the answer after that, where FacePass changed it', async () => {
    const { state, create } = await world();
    const key = create();
    const { kid } = await ask(key);
    state.now = HOUR;
    state.spki = (await generateKeyPair()).publicKeySpkiBase64;
    expect((await ask(key)).kid).toBe(kid);
    expect((await ask(key)).kid).not.toBe(kid);
  });

  it('serves a day while FacePass is away, asked for once a minute, and no longer', async () => {
    const { state, create } = await world();
    const key = create();
    const { kid } = await ask(key);
    state.up = false;
    state.now = 23 * HOUR;
    expect(await ask(key)).toEqual({ kid, behind: 1 });
    expect(await ask(key)).toEqual({ kid, behind: 0 });
    expect((await ask(create())).kid).toBe(kid);
    state.now = 24 * HOUR;
    await expect(ask(key)).rejects.toThrow('down');
    await expect(ask(create())).rejects.toThrow('down');
  });
});
