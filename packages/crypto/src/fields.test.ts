import { describe, expect, it } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import { type FieldCodec, fieldCodecs, jsonWrapped } from './fields.ts';
import { createOpener, createSealer, importPeerKey, importPrivateKeys } from './index.ts';

const codecs: Readonly<Record<string, FieldCodec>> = fieldCodecs;

const valid: Readonly<Record<keyof typeof fieldCodecs, readonly string[]>> = {
  encryptedCI: [`${'Ab3+/'.repeat(17)}A==`, `${'Q'.repeat(86)}==`],
  encryptedName: ['홍길동', 'Kim O’Neil-Søren Jr.', '김철수2', '가'.repeat(16), '𠮷野家'],
  encryptedPhoneNumber: ['01012341234', '0212345678'],
  encryptedEmail: ['a@b', 'gildong@example.com', `${'a'.repeat(38)}@example.com`],
  encryptedBirthDate: ['20250101', '20240229', '19001231', '00010101'],
};

const invalid: Readonly<Record<keyof typeof fieldCodecs, readonly string[]>> = {
  encryptedCI: [
    '',
    'Q'.repeat(87),
    'Q'.repeat(89),
    `${'Q'.repeat(87)}!`,
    `=${'Q'.repeat(87)}`,
    'Q'.repeat(88),
    `${'Q'.repeat(87)}=`,
    `${'Q'.repeat(85)}B==`,
  ],
  encryptedName: ['', '가'.repeat(17), '01012341234', '!!', '홍길동\n', 'a@b', '홍\0동'],
  encryptedPhoneNumber: [
    '',
    '010-1234-1234',
    '+821012341234',
    '010123412',
    '010123412345',
    '０１０１２３４１２３４',
  ],
  encryptedEmail: ['', 'gildong', '@b', 'a@', 'a b@c', 'a@b@c', `${'a'.repeat(39)}@example.com`],
  encryptedBirthDate: [
    '',
    '2025-01-01',
    '20250230',
    '20230229',
    '20251301',
    '20250100',
    '250101',
    '202501011',
  ],
};

describe('field codecs', () => {
  it.each(Object.entries(valid))('%s lets valid values through in both directions', (name, values) => {
    for (const value of values) {
      expect(codecs[name]?.encode(value)).toBe(value);
      expect(codecs[name]?.decode(value)).toBe(value);
    }
  });

  it.each(Object.entries(invalid))('%s refuses anything else and does not repeat it', (name, values) => {
    for (const value of values) {
      const refusal = expect.objectContaining({
        code: 'invalid_input',
        message: expect.not.stringContaining(value || '\0'),
      });
      expect(() => codecs[name]?.encode(value)).toThrow(refusal);
      expect(() => codecs[name]?.decode(value)).toThrow(refusal);
    }
  });

  it('let no value of one field pass for another', () => {
    for (const [name, values] of Object.entries(valid)) {
      for (const [other, codec] of Object.entries(codecs)) {
        if (other === name) continue;
        for (const value of values) expect(() => codec.decode(value), `${name} as ${other}`).toThrow();
      }
    }
  });

  it('compose Hangul, and count its bytes composed', () => {
    const decomposed = '홍'.repeat(16).normalize('NFD');
    expect(new TextEncoder().encode(decomposed).length).toBe(144);
    expect(fieldCodecs.encryptedName.encode(decomposed)).toBe('홍'.repeat(16));
    expect(fieldCodecs.encryptedName.decode(decomposed)).toBe('홍'.repeat(16));
  });
});

describe('opening with codecs', async () => {
  const { spkiBase64, privateJwk } = testKey('rsa2048');
  const sealer = createSealer({ peer: await importPeerKey(spkiBase64) });
  const opener = createOpener({ keys: await importPrivateKeys({ keys: [privateJwk] }) });
  const { encryptedName, encryptedPhoneNumber } = fieldCodecs;

  it('gives the checked fields', async () => {
    const fields = { encryptedName: '홍길동', encryptedPhoneNumber: '01012341234' };
    const opened = opener.open(await sealer.seal(fields), { encryptedName, encryptedPhoneNumber });
    await expect(opened).resolves.toEqual(fields);
  });

  it('refuses swapped ciphertexts, which decrypt cleanly, like any other bad envelope', async () => {
    const envelope = await sealer.seal({ encryptedName: '홍길동', encryptedPhoneNumber: '01012341234' });
    const swapped = {
      ...envelope,
      encryptedName: envelope.encryptedPhoneNumber,
      encryptedPhoneNumber: envelope.encryptedName,
    };
    await expect(opener.open(swapped, ['encryptedName', 'encryptedPhoneNumber'])).resolves.toEqual({
      encryptedName: '01012341234',
      encryptedPhoneNumber: '홍길동',
    });
    await expect(opener.open(swapped, { encryptedName, encryptedPhoneNumber })).rejects.toMatchObject({
      code: 'open_failed',
      message: 'The envelope could not be opened.',
    });
  });
});

describe("a value wrapped in JSON as in the guide's samples", () => {
  const name = jsonWrapped(fieldCodecs.encryptedName);

  it('is unwrapped on opening', () => {
    expect(name.decode('{"a":{"b":"홍길동"}}')).toBe('홍길동');
    expect(name.decode('{"a":"홍길동"}')).toBe('홍길동');
  });

  it('is not needed: the plain value passes too, and sealing does not wrap', () => {
    expect(name.decode('홍길동')).toBe('홍길동');
    expect(name.encode('홍길동')).toBe('홍길동');
  });

  it('still has to be valid inside, and to be the only member', () => {
    expect(() => name.decode('{"a":{"b":"01012341234"}}')).toThrow();
    // Not unwrapped: this is then a name of the characters it consists of, as far as the format goes.
    expect(name.decode('{"a":"x","b":"y"}')).toBe('{"a":"x","b":"y"}');
    expect(() => jsonWrapped(fieldCodecs.encryptedBirthDate).decode('{"a":20250101}')).toThrow();
  });
});
