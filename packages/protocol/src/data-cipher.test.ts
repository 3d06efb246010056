import { describe, expect, it } from 'vitest';
import { createDataCipher, generateDataKey } from './data-cipher.ts';

const old = generateDataKey('k1');
const current = generateDataKey('k2');

describe('data cipher', () => {
  it('opens what it sealed for the same context', async () => {
    const cipher = await createDataCipher([current]);
    const sealed = await cipher.seal('홍길동', 'member.name:1');
    expect(sealed).not.toContain('홍길동');
    expect(await cipher.open(sealed, 'member.name:1')).toBe('홍길동');
  });

  it('seals the same text differently every time', async () => {
    const cipher = await createDataCipher([current]);
    expect(await cipher.seal('a', 'c')).not.toBe(await cipher.seal('a', 'c'));
  });

  it('refuses a value moved to another context', async () => {
    const cipher = await createDataCipher([current]);
    const sealed = await cipher.seal('홍길동', 'member.name:1');
    await expect(cipher.open(sealed, 'member.name:2')).rejects.toMatchObject({ code: 'open_failed' });
  });

  it('refuses a changed, cut or foreign value with the one code and no cause', async () => {
    const cipher = await createDataCipher([current]);
    const sealed = await cipher.seal('홍길동', 'c');
    for (const bad of [sealed.slice(0, -2), `${sealed.slice(0, -4)}AAAA`, 'k2.x', 'k2..', 'k2.%.%', '']) {
      const error: unknown = await cipher.open(bad, 'c').catch((e: unknown) => e);
      expect(error).toMatchObject({ name: 'DataCipherError', code: 'open_failed' });
      expect(error).not.toHaveProperty('cause');
    }
  });

  it('keeps opening values of an older key while sealing under the newest', async () => {
    const before = await (await createDataCipher([old])).seal('x', 'c');
    const cipher = await createDataCipher([current, old]);
    expect(await cipher.open(before, 'c')).toBe('x');
    expect(cipher.isStale(before)).toBe(true);
    expect(cipher.isStale(await cipher.seal('x', 'c'))).toBe(false);
  });

  it('names a key that is gone, so that an operator knows which to restore', async () => {
    const before = await (await createDataCipher([old])).seal('x', 'c');
    const cipher = await createDataCipher([current]);
    await expect(cipher.open(before, 'c')).rejects.toMatchObject({ code: 'unknown_key' });
  });

  it('refuses keys that are too short, doubled or missing', async () => {
    await expect(createDataCipher([])).rejects.toMatchObject({ code: 'bad_key' });
    await expect(createDataCipher([{ kid: 'a', k: 'AAAA' }])).rejects.toMatchObject({ code: 'bad_key' });
    await expect(createDataCipher([{ kid: 'a', k: '***' }])).rejects.toMatchObject({ code: 'bad_key' });
    await expect(createDataCipher([current, { ...old, kid: 'k2' }])).rejects.toMatchObject({
      code: 'bad_key',
    });
  });
});
