import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import { detectScheme } from '../src/detect-scheme.ts';
import { fieldCodecs } from '../src/fields.ts';
import {
  createOpener,
  createSealer,
  decodeBase64,
  type EnvelopeScheme,
  generateKeyPair,
  importPeerKey,
  importPrivateKeys,
  parseScheme,
  schemePresets,
} from '../src/index.ts';
import { createRequestKeyResponder } from '../src/request-key.ts';

const marker = 'SECRET';
// What callers without types might pass.
const noScheme = { aes: marker } as unknown as EnvelopeScheme;
const noText = [marker] as unknown as string;
const { spkiBase64, pkcs8Base64, privateJwk } = testKey('rsa2048');
const peer = await importPeerKey(spkiBase64);
const keys = await importPrivateKeys({ keys: [privateJwk] });
const sealer = createSealer({ peer });
const opener = createOpener({ keys });
const sealed = await sealer.seal({ note: marker, other: marker });
// Base64 of a private key with one character changed: what a slip of the hand leaves behind.
const brokenPkcs8 = pkcs8Base64.replace(/.$/, '!');
const { n, e } = privateJwk;
const mixedJwk = { ...testKey('rsa2048-other').privateJwk, n, e };

/** What callers without types might pass. */
function untyped(value: unknown): never {
  return value as never;
}

/** Every way in which this package throws, fed with something that must not come out again. */
const attempts: Readonly<Record<string, () => unknown>> = {
  'decodeBase64: not canonical': () => decodeBase64(`${marker} `),
  'parseScheme: unknown': () => parseScheme(marker),
  'createSealer: not a scheme': () => createSealer({ peer, scheme: noScheme }),
  'createSealer: no key wrap': () => createSealer({ peer, scheme: schemePresets['java-rsa'] }),
  'createOpener: PKCS#1 v1.5': () => createOpener({ keys, scheme: schemePresets['java-rsa'] }),
  'createOpener: CBC': () => createOpener({ keys, scheme: schemePresets['aes-cbc'] }),
  'seal: lone surrogate': () => sealer.seal({ note: `${marker}\uD800` }),
  'seal: no text': () => sealer.seal({ note: noText }),
  'seal: reserved name': () => sealer.seal({ encryptedKey: marker }),
  'seal: no fields': () => sealer.seal({}),
  'open: altered': () => opener.open({ ...sealed, note: sealed.other }, ['note', 'missing']),
  'open: for another key': async () => {
    const foreign = await importPeerKey((await generateKeyPair()).publicKeySpkiBase64);
    return opener.open(await createSealer({ peer: foreign }).seal({ note: marker }), ['note']);
  },
  'open: wrong format': () => opener.open(sealed, { note: fieldCodecs.encryptedBirthDate }),
  'open: reserved name': () => opener.open(sealed, ['iv']),
  'importPeerKey: garbage': () => importPeerKey(marker),
  'importPeerKey: a private key': () => importPeerKey(privateJwk),
  'importPeerKey: a private PEM': () =>
    importPeerKey(`-----BEGIN PRIVATE KEY-----\n${pkcs8Base64}\n-----END PRIVATE KEY-----`),
  'importPrivateKeys: broken JSON': () =>
    importPrivateKeys(JSON.stringify({ keys: [privateJwk] }).slice(0, -3)),
  'importPrivateKeys: parts of two keys': () => importPrivateKeys({ keys: [mixedJwk] }),
  'importPrivateKeys: broken PEM': () =>
    importPrivateKeys(`-----BEGIN PRIVATE KEY-----\n${brokenPkcs8}\n-----END PRIVATE KEY-----`),
  'importPrivateKeys: truncated DER': () =>
    importPrivateKeys(Buffer.from(pkcs8Base64, 'base64').subarray(0, 900)),
  'importPrivateKeys: twice': () => importPrivateKeys({ keys: [privateJwk, privateJwk] }),
  'importPrivateKeys: the bare text': () => importPrivateKeys(pkcs8Base64),
  'decodeBase64: nothing': () => decodeBase64(untyped(null)),
  'parseScheme: nothing': () => parseScheme(untyped(undefined)),
  'createSealer: nothing': () => createSealer(untyped(undefined)),
  'createSealer: no peer': () => createSealer(untyped({})),
  'createSealer: a peer not awaited': () => createSealer({ peer: untyped(importPeerKey(spkiBase64)) }),
  'createOpener: nothing': () => createOpener(untyped(undefined)),
  'createOpener: keys not awaited': () =>
    createOpener({ keys: untyped(importPrivateKeys({ keys: [privateJwk] })) }),
  'createOpener: no keys': () => createOpener({ keys: { keys: [] } }),
  'createOpener: keys not imported': () => createOpener({ keys: untyped({ keys: [privateJwk] }) }),
  'seal: nothing': () => sealer.seal(untyped(null)),
  'seal: a text': () => sealer.seal(untyped(marker)),
  'open: nothing': () => opener.open(untyped(null), ['note']),
  'open: no fields': () => opener.open(sealed, untyped(null)),
  'open: a field without codec': () => opener.open(sealed, { note: untyped(undefined) }),
  'importPrivateKeys: one key under two ids': () =>
    importPrivateKeys({ keys: [privateJwk, { ...privateJwk, kid: 'other' }] }),
  'generateKeyPair: 7 bits': () => generateKeyPair({ modulusBits: untyped(7) }),
  'generateKeyPair: 8192 bits': () => generateKeyPair({ modulusBits: untyped(8192) }),
  'field codecs: nothing': () => fieldCodecs.encryptedName.encode(untyped(undefined)),
  'detectScheme: nothing': () => detectScheme(untyped(null), keys),
  'detectScheme: no keys': () => detectScheme(sealed, untyped(undefined), ['note']),
  'field codecs': () => fieldCodecs.encryptedPhoneNumber.encode(marker),
  'detectScheme: not Base64': () => detectScheme({ ...sealed, iv: `${marker}!` }, keys, ['note']),
  'request key: labelled': () => createRequestKeyResponder({ keys, scheme: schemePresets['toss-cert'] }),
  'request key: second answer': async () => {
    const opened = await createRequestKeyResponder({ keys }).openForAnswer(sealed, ['note']);
    await opened.sealUnderRequestKey({ note: marker });
    return opened.sealUnderRequestKey({ note: marker });
  },
};

async function caught(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  throw new Error('Expected a failure');
}

describe('every error', () => {
  it.each(Object.entries(attempts))(
    '%s: is an EnvelopeError with a stable code and no cause',
    async (_, attempt) => {
      const error = await caught(attempt);
      expect(error).toMatchObject({
        name: 'EnvelopeError',
        code: expect.stringMatching(/^(invalid_input|open_failed|unsupported_scheme|bad_key)$/),
      });
      expect(error).not.toHaveProperty('cause');
      expect(Object.keys(Object(error)).sort()).toEqual(['code', 'name']);
    },
  );

  it.each([
    ['bad_key', /^createSealer: (no peer|a peer)|^createOpener: (keys|no keys)|two ids|^generateKeyPair/],
    ['invalid_input', /^seal: (nothing|a text|no fields)|^open: (no fields|a field without)|^field codecs/],
  ] as const)('has the code %s for wrong arguments of that kind', async (code, title) => {
    const matching = Object.entries(attempts).filter(([name]) => title.test(name));
    expect(matching.length).toBeGreaterThan(4);
    for (const [name, attempt] of matching) expect(await caught(attempt), name).toMatchObject({ code });
  });

  it.each(Object.entries(attempts))('%s: shows nothing that it was given', async (_, attempt) => {
    const text = inspect(await caught(attempt), { depth: 10, showHidden: true });
    // The stack quotes this file's path and lines, not its content.
    expect(text).not.toContain(marker);
    const { note, encryptedKey, iv } = sealed;
    for (const secret of [note, encryptedKey, iv, ...secretParts()])
      expect(text).not.toContain(secret.slice(0, 12));
  });
});

function secretParts(): string[] {
  const { kty: _, n: __, e: ___, ...members } = privateJwk;
  return [...Object.values(members), pkcs8Base64.slice(40), spkiBase64.slice(48)].filter(
    (text): text is string => typeof text === 'string' && text.length > 12,
  );
}

describe('what is kept', () => {
  it('shows no key material, however it is printed', () => {
    for (const kept of [keys, peer, opener, sealer]) {
      const text = `${inspect(kept, { depth: 10, showHidden: true })}${JSON.stringify(kept)}`;
      for (const secret of secretParts().slice(0, 6)) expect(text).not.toContain(secret.slice(0, 12));
    }
  });

  it('leaves private keys unexportable', async () => {
    for (const { oaep } of keys.keys) {
      await expect(crypto.subtle.exportKey('jwk', oaep['SHA-1'])).rejects.toThrow();
      await expect(crypto.subtle.exportKey('pkcs8', oaep['SHA-256'])).rejects.toThrow();
    }
  });
});
