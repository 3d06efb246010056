import { afterEach, describe, expect, it, vi } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import { detectScheme } from '../src/detect-scheme.ts';
import { fieldCodecs } from '../src/fields.ts';
import {
  createOpener,
  createSealer,
  type EnvelopeScheme,
  importPeerKey,
  importPrivateKeys,
  schemePresets,
} from '../src/index.ts';
import { pkcs1KeyWrap } from '../src/pkcs1.ts';
import { createRequestKeyResponder } from '../src/request-key.ts';

const { spkiBase64, privateJwk } = testKey('rsa2048');
const peer = await importPeerKey(spkiBase64);
const keys = await importPrivateKeys({ keys: [privateJwk] });

afterEach(() => vi.restoreAllMocks());

/** Every buffer that random bytes were drawn into, and every one handed to the runtime as a key. */
function watchSecrets() {
  const drawn: Uint8Array[] = [];
  const imported: Uint8Array[] = [];
  const { getRandomValues } = crypto;
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (array instanceof Uint8Array) drawn.push(array);
    return Reflect.apply(getRandomValues, crypto, [array]);
  });
  const { importKey } = crypto.subtle;
  vi.spyOn(crypto.subtle, 'importKey').mockImplementation((...args: unknown[]) => {
    if (args[1] instanceof Uint8Array) imported.push(args[1]);
    return Reflect.apply(importKey, crypto.subtle, args);
  });
  return { drawn, imported };
}

function expectWiped(secrets: readonly Uint8Array[]): void {
  expect(secrets.length).toBeGreaterThan(0);
  for (const secret of secrets) expect(secret).toEqual(new Uint8Array(secret.length));
}

const schemes: Readonly<Record<string, EnvelopeScheme>> = {
  'a raw key': schemePresets.default,
  'a key that is the AAD too, in a labelled text': schemePresets['toss-cert'],
};

describe.each(Object.entries(schemes))('%s', (_, scheme) => {
  it('is wiped after sealing', async () => {
    const { drawn, imported } = watchSecrets();
    await createSealer({ peer, scheme }).seal({ note: '홍길동' });
    expectWiped(drawn);
    expectWiped(imported);
  });

  it('is wiped when sealing is refused', async () => {
    const { drawn } = watchSecrets();
    await expect(createSealer({ peer, scheme }).seal({ note: '\uD800' })).rejects.toThrow();
    expectWiped(drawn);
  });

  it('is wiped after opening, and after failing to', async () => {
    const envelope = await createSealer({ peer, scheme }).seal({ note: '홍길동', other: 'x' });
    for (const altered of [envelope, { ...envelope, note: envelope.other }]) {
      const { imported } = watchSecrets();
      await createOpener({ keys, scheme })
        .open(altered, ['note'])
        .catch(() => undefined);
      expectWiped(imported);
      vi.restoreAllMocks();
    }
  });
});

/** Every buffer that the runtime was given to encrypt under AES, or gave back decrypted. */
function watchPlaintexts() {
  const plaintexts: Uint8Array[] = [];
  const { encrypt, decrypt } = crypto.subtle;
  vi.spyOn(crypto.subtle, 'encrypt').mockImplementation((...args: unknown[]) => {
    if (args[2] instanceof Uint8Array) plaintexts.push(args[2]);
    return Reflect.apply(encrypt, crypto.subtle, args);
  });
  vi.spyOn(crypto.subtle, 'decrypt').mockImplementation(async (...args: unknown[]) => {
    const buffer: ArrayBuffer = await Reflect.apply(decrypt, crypto.subtle, args);
    plaintexts.push(new Uint8Array(buffer));
    return buffer;
  });
  return plaintexts;
}

describe('the bytes of a plaintext', () => {
  it('are wiped after sealing', async () => {
    const plaintexts = watchPlaintexts();
    await createSealer({ peer }).seal({ note: '홍길동', other: 'x' });
    expect(plaintexts).toHaveLength(3);
    expectWiped(plaintexts);
  });

  it('are wiped where a later field is refused for sealing', async () => {
    const encoded: Uint8Array[] = [];
    const { encode } = TextEncoder.prototype;
    vi.spyOn(TextEncoder.prototype, 'encode').mockImplementation(function (this: TextEncoder, text) {
      const bytes = Reflect.apply(encode, this, [text]);
      encoded.push(bytes);
      return bytes;
    });
    const sealing = createSealer({ peer }).seal({ note: '홍길동', other: '\uD800' });
    await expect(sealing).rejects.toThrow();
    expectWiped(encoded);
  });

  it('are wiped after opening, also where another field does not open', async () => {
    const envelope = await createSealer({ peer }).seal({ note: '홍길동', other: 'x' });
    for (const other of [envelope.other, `${envelope.note.slice(0, -4)}AAAA`]) {
      const plaintexts = watchPlaintexts();
      await createOpener({ keys })
        .open({ ...envelope, other }, ['other', 'note'])
        .catch(() => undefined);
      expectWiped(plaintexts);
      vi.restoreAllMocks();
    }
  });

  it('are wiped by detection, with what RSA unwrapped', async () => {
    const envelope = await createSealer({ peer, scheme: schemePresets['toss-cert'] }).seal({
      encryptedName: '홍길동',
    });
    const plaintexts = watchPlaintexts();
    await detectScheme(envelope, keys);
    expectWiped(plaintexts);
  });
});

it("a request's key is wiped where a codec refuses a field", async () => {
  const envelope = await createSealer({ peer }).seal({ note: '홍길동' });
  const { slice } = Uint8Array.prototype;
  const copies: Uint8Array[] = [];
  vi.spyOn(Uint8Array.prototype, 'slice').mockImplementation(function (this: Uint8Array, ...range) {
    const copy = Reflect.apply(slice, this, range);
    if (range.length === 0) copies.push(copy);
    return copy;
  });
  const { encryptedBirthDate } = fieldCodecs;
  const opening = createRequestKeyResponder({ keys }).openForAnswer(envelope, { note: encryptedBirthDate });
  await expect(opening).rejects.toMatchObject({ code: 'open_failed' });
  expectWiped(copies);
});

it('the padded block is wiped with the key it holds', async () => {
  const { drawn } = watchSecrets();
  const scheme = schemePresets['java-rsa'];
  await createSealer({ peer, scheme, keyWraps: [pkcs1KeyWrap] }).seal({ note: '홍길동' });
  expectWiped(drawn);
});

it("a request's key is wiped once the answer is sealed", async () => {
  const envelope = await createSealer({ peer }).seal({ note: '홍길동' });
  const opened = await createRequestKeyResponder({ keys }).openForAnswer(envelope, ['note']);
  const { imported } = watchSecrets();
  await opened.sealUnderRequestKey({ note: '홍길동' });
  expectWiped(imported);
});
