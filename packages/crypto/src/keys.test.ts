import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import { generateKeyPair, importPeerKey, importPrivateKeys, type PrivateJwk } from './index.ts';

const ours = testKey('rsa2048');
const other = testKey('rsa2048-other');
const large = testKey('rsa4096');

function spkiOf(options: { modulusLength: number; publicExponent?: number }): string {
  const { publicKey } = generateKeyPairSync('rsa', options);
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

describe('importPeerKey', () => {
  it('names the key by the SHA-256 of its SubjectPublicKeyInfo', async () => {
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(ours.spkiBase64, 'base64'));
    const { kid } = await importPeerKey(ours.spkiBase64);
    expect(kid).toBe(Buffer.from(digest).toString('base64url'));
  });

  it('takes 2048 to 4096 bits', async () => {
    await expect(importPeerKey(large.spkiBase64)).resolves.toMatchObject({ modulusBits: 4096 });
    await expect(importPeerKey(spkiOf({ modulusLength: 2040 }))).rejects.toThrow(
      /2040 bits; expected 2048 to 4096/,
    );
    await expect(importPeerKey(spkiOf({ modulusLength: 1024 }))).rejects.toMatchObject({ code: 'bad_key' });
  });

  it('refuses a small public exponent', async () => {
    const spki = spkiOf({ modulusLength: 2048, publicExponent: 3 });
    await expect(importPeerKey(spki)).rejects.toThrow(/exponent/);
  });

  it('refuses another kind of key', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    await expect(importPeerKey(Uint8Array.from(spki))).rejects.toMatchObject({ code: 'bad_key' });
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey;
    const pssSpki = pss.export({ type: 'spki', format: 'der' });
    await expect(importPeerKey(Uint8Array.from(pssSpki))).rejects.toMatchObject({ code: 'bad_key' });
  });

  it('refuses a length spelled with more bytes than it needs', async () => {
    const spki = Buffer.from(ours.spkiBase64, 'base64');
    const length = spki.readUInt16BE(2);
    const padded = Buffer.concat([
      Buffer.from([0x30, 0x83, 0, length >> 8, length & 0xff]),
      spki.subarray(4),
    ]);
    await expect(importPeerKey(Uint8Array.from(padded))).rejects.toMatchObject({ code: 'bad_key' });
  });

  it("reads what Node's own exports say", async () => {
    const key = createPublicKey({ key: Buffer.from(ours.spkiBase64, 'base64'), format: 'der', type: 'spki' });
    const { kid } = await importPeerKey(ours.spkiBase64);
    for (const type of ['spki', 'pkcs1'] as const) {
      await expect(importPeerKey(key.export({ type, format: 'pem' }).toString())).resolves.toMatchObject({
        kid,
      });
    }
  });
});

describe('importPrivateKeys', () => {
  it('takes one to three keys, in the order given', async () => {
    const jwks = { keys: [large.privateJwk, ours.privateJwk, other.privateJwk] };
    const { keys } = await importPrivateKeys(jwks);
    expect(keys.map(({ modulusBits }) => modulusBits)).toEqual([4096, 2048, 2048]);
    await expect(importPrivateKeys({ keys: [] })).rejects.toThrow('Expected 1 to 3 private keys, got 0.');
    const four = { keys: [...jwks.keys, { ...ours.privateJwk, kid: 'again' }] };
    await expect(importPrivateKeys(four)).rejects.toThrow('Expected 1 to 3 private keys, got 4.');
  });

  it('uses the kid of the JWK, or that of the public key', async () => {
    const { keys } = await importPrivateKeys({
      keys: [{ ...ours.privateJwk, kid: '2026-11' }, other.privateJwk],
    });
    const { kid } = await importPeerKey(other.spkiBase64);
    expect(keys.map((key) => key.kid)).toEqual(['2026-11', kid]);
  });

  it('refuses the same key twice', async () => {
    const twice = importPrivateKeys({ keys: [ours.privateJwk, ours.privateJwk] });
    await expect(twice).rejects.toThrow('Two private keys are one, or share a kid.');
  });

  it.each([
    ['a public JWK', { kty: 'RSA', n: ours.privateJwk.n, e: ours.privateJwk.e }],
    ['a signing key', { ...ours.privateJwk, use: 'sig' }],
    ['a JWK without CRT members', { ...ours.privateJwk, qi: undefined }],
    ['a JWK of another type', { kty: 'oct', k: 'AAAA' }],
    ['a modulus with a leading zero', { ...ours.privateJwk, n: `AA${ours.privateJwk.n}` }],
    ['null', null],
  ])('refuses %s', async (_, jwk) => {
    // What a caller without types might pass.
    const keys = [jwk as PrivateJwk];
    await expect(importPrivateKeys({ keys })).rejects.toMatchObject({ code: 'bad_key' });
  });

  it.each([
    ['no JSON', '{"keys": [oops'],
    ['no key set', '{"kty":"RSA"}'],
    ['another PEM', '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n'],
    ['a broken PKCS#8', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['half a PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n'],
  ])('refuses %s', async (_, text) => {
    await expect(importPrivateKeys(text)).rejects.toMatchObject({ code: 'bad_key' });
  });
});

describe('generateKeyPair', () => {
  it('makes a pair of the size and with the id asked for', async () => {
    const pair = await generateKeyPair({ modulusBits: 3072, kid: '2026-11' });
    expect(pair.kid).toBe('2026-11');
    expect(pair.privateJwk).toMatchObject({ kty: 'RSA', use: 'enc', kid: '2026-11' });
    await expect(importPeerKey(pair.publicKeySpkiBase64)).resolves.toMatchObject({ modulusBits: 3072 });
  });
});
