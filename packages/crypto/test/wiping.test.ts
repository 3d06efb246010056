import { afterEach, describe, expect, it, vi } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
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
