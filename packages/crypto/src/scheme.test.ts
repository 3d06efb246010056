import { describe, expect, expectTypeOf, it } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import {
  createOpener,
  createSealer,
  defaultScheme,
  type EnvelopeScheme,
  formatScheme,
  importPeerKey,
  importPrivateKeys,
  isEnvelopeScheme,
  parseScheme,
  schemePresets,
} from './index.ts';
import { listPlausibleSchemes } from './plausible-schemes.ts';

describe('an envelope scheme', () => {
  it('has no type for combinations that cannot exist', () => {
    type Cbc = { aes: 'A256CBC'; rsa: 'OAEP-SHA1'; dek: 'raw' };
    expectTypeOf<Cbc & { ivBytes: 16; aad: 'none' }>().toExtend<EnvelopeScheme>();
    expectTypeOf<Cbc & { ivBytes: 12; aad: 'none' }>().not.toExtend<EnvelopeScheme>();
    expectTypeOf<Cbc & { ivBytes: 16; aad: 'dek' }>().not.toExtend<EnvelopeScheme>();
  });

  it.each([
    ['nothing', undefined],
    ['a CBC IV of 12 bytes', { ...defaultScheme, aes: 'A256CBC', ivBytes: 12 }],
    ['CBC with AAD', { ...defaultScheme, aes: 'A256CBC', ivBytes: 16, aad: 'dek' }],
    ['an IV of 13 bytes', { ...defaultScheme, ivBytes: 13 }],
    ['an unknown mode', { ...defaultScheme, aes: 'A128GCM' }],
    ['an unknown padding', { ...defaultScheme, rsa: 'OAEP' }],
    ['a missing dimension', { aes: 'A256GCM', ivBytes: 12, aad: 'none', rsa: 'OAEP-SHA1' }],
  ])('is not %s', async (_, value) => {
    expect(isEnvelopeScheme(value)).toBe(false);
    const peer = await importPeerKey(testKey('rsa2048').spkiBase64);
    // What a caller without types might pass.
    const scheme = value as EnvelopeScheme;
    if (value !== undefined) expect(() => createSealer({ peer, scheme })).toThrow(/Not an envelope scheme/);
  });
});

describe('a scheme, once checked', () => {
  it('stays what it was, whatever its owner does to the object', async () => {
    const { spkiBase64, privateJwk } = testKey('rsa2048');
    const keys = await importPrivateKeys({ keys: [privateJwk] });
    const peer = await importPeerKey(spkiBase64);
    const scheme: { -readonly [K in keyof EnvelopeScheme]: unknown } = { ...defaultScheme };
    const given = scheme as EnvelopeScheme;
    const [opener, sealer] = [createOpener({ keys, scheme: given }), createSealer({ peer, scheme: given })];
    Object.assign(scheme, { aes: 'A256CBC', ivBytes: 16 });
    expect([opener.scheme, sealer.scheme]).toEqual([defaultScheme, defaultScheme]);
    const cbc = await createSealer({ peer, scheme: schemePresets['aes-cbc'] }).seal({ note: 'x' });
    await expect(opener.open(cbc, ['note'])).rejects.toMatchObject({ code: 'open_failed' });
  });

  it('is frozen, like presets, what is read from text, and imported keys', async () => {
    const { spkiBase64, privateJwk } = testKey('rsa2048');
    const peer = await importPeerKey(spkiBase64);
    const keys = await importPrivateKeys({ keys: [privateJwk] });
    const frozen = [
      ...Object.values(schemePresets),
      parseScheme('toss-cert'),
      parseScheme('A256GCM/12/none/OAEP-SHA1/raw'),
      createSealer({ peer, scheme: { ...defaultScheme } }).scheme,
      ...[peer, peer.jwk, peer.oaep, keys, keys.keys],
      ...keys.keys.flatMap((key) => [key, key.oaep]),
    ];
    for (const value of frozen) expect(Object.isFrozen(value)).toBe(true);
  });
});

describe('the compact form', () => {
  it('round-trips for every plausible scheme', () => {
    for (const scheme of listPlausibleSchemes()) expect(parseScheme(formatScheme(scheme))).toEqual(scheme);
  });

  it('reads as mode, IV bytes, AAD, RSA padding and wrapped form', () => {
    expect(formatScheme(defaultScheme)).toBe('A256GCM/12/none/OAEP-SHA1/raw');
  });

  it.each(Object.entries(schemePresets))('takes the preset %s by name', (name, scheme) => {
    expect(isEnvelopeScheme(scheme)).toBe(true);
    expect(parseScheme(name)).toEqual(scheme);
  });

  it.each([
    '',
    'A256GCM',
    'A256GCM/12/none/OAEP-SHA1',
    'A256GCM/12/none/OAEP-SHA1/raw/raw',
    'A256GCM/12.0/none/OAEP-SHA1/raw',
    'A256GCM/ 12/none/OAEP-SHA1/raw',
    'a256gcm/12/none/OAEP-SHA1/raw',
    'A256CBC/12/none/OAEP-SHA1/raw',
    'A256CBC/16/dek/OAEP-SHA1/raw',
    'toString',
  ])('refuses %j', (text) => {
    expect(() => parseScheme(text)).toThrow(expect.objectContaining({ code: 'unsupported_scheme' }));
  });
});

describe('the plausible schemes', () => {
  const schemes = listPlausibleSchemes();

  it('are 60, all different and all possible', () => {
    expect(new Set(schemes.map(formatScheme)).size).toBe(60);
    expect(schemes.every(isEnvelopeScheme)).toBe(true);
  });

  it("begin with the default, the vendor's sister product and then single deviations from the default", () => {
    expect(schemes.slice(0, 3)).toEqual([
      schemePresets.default,
      schemePresets['toss-cert'],
      schemePresets['toss-cert-cbc'],
    ]);
    expect(schemes.slice(3, 6).map(formatScheme)).toEqual([
      'A256GCM/12/none/OAEP-SHA1/base64',
      'A256GCM/12/none/OAEP-SHA256/raw',
      'A256GCM/12/dek/OAEP-SHA1/raw',
    ]);
  });
});
