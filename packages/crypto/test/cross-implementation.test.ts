import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dekOf, nodeCrypto, nodeForge, wrappedText } from '../conformance/other-implementations.ts';
import { testKey } from '../conformance/vectors.ts';
import {
  createOpener,
  createSealer,
  type EnvelopeScheme,
  formatScheme,
  importPeerKey,
  importPrivateKeys,
} from '../src/index.ts';
import { oaepMixedKeyWrap } from '../src/oaep-mixed.ts';
import { pkcs1KeyWrap } from '../src/pkcs1.ts';
import { listPlausibleSchemes } from '../src/plausible-schemes.ts';
import { aesCbc, pkeyutl } from './openssl.ts';

const { spkiBase64, pkcs8Base64, privateJwk } = testKey('rsa2048');
const peer = await importPeerKey(spkiBase64);
const keys = await importPrivateKeys({ keys: [privateJwk] });
const keyWraps = [pkcs1KeyWrap, oaepMixedKeyWrap];

const named = listPlausibleSchemes().map((scheme) => ({ name: formatScheme(scheme), scheme }));
const openable = named.filter(({ scheme }) => ['OAEP-SHA1', 'OAEP-SHA256'].includes(scheme.rsa));
const fields = { encryptedName: '홍길동', encryptedEmail: 'gildong@example.com', note: '𠮷 👩‍👩‍👧' };

const implementations = { 'node:crypto': nodeCrypto, 'node-forge': nodeForge };

describe.each(Object.entries(implementations))('%s', (_, implementation) => {
  const spoken = named.filter(({ scheme }) => implementation.paddings.includes(scheme.rsa));

  it.each(spoken)('opens what we seal: $name', async ({ scheme }) => {
    const envelope = await createSealer({ peer, scheme, keyWraps }).seal(fields);
    const iv = Buffer.from(envelope.iv, 'base64');
    const text = implementation.unwrap(pkcs8Base64, scheme.rsa, Buffer.from(envelope.encryptedKey, 'base64'));
    const dek = dekOf(scheme, text);
    expect(text).toEqual(wrappedText(scheme, dek, iv));
    expect(iv).toHaveLength(scheme.ivBytes);
    for (const [name, plaintext] of Object.entries(fields)) {
      const ciphertext = Buffer.from(new Map(Object.entries(envelope)).get(name) ?? '', 'base64');
      expect(implementation.decrypt(scheme, dek, iv, ciphertext).toString()).toBe(plaintext);
    }
  });

  it.each(openable)('seals what we open: $name', async ({ scheme }) => {
    const { dek, iv } = freshKey(scheme);
    const seal = (text: string) =>
      implementation.encrypt(scheme, dek, iv, Buffer.from(text)).toString('base64');
    const wrapped = implementation.wrap(spkiBase64, scheme.rsa, wrappedText(scheme, dek, iv));
    const envelope = {
      encryptedName: seal(fields.encryptedName),
      encryptedEmail: seal(fields.encryptedEmail),
      note: seal(fields.note),
      encryptedKey: wrapped.toString('base64'),
      iv: iv.toString('base64'),
    };
    const opener = createOpener({ keys, scheme, allowUnauthenticatedCbc: true });
    await expect(opener.open(envelope, ['encryptedName', 'encryptedEmail', 'note'])).resolves.toEqual(fields);
  });
});

describe('the openssl command line', () => {
  // One form of the wrapped key is enough: what RSA pads makes no difference to OpenSSL.
  const labelled = named.filter(({ scheme }) => scheme.dek === 'labelled' && scheme.ivBytes === 16);

  it.each(labelled)('unwraps the key we wrap: $name', async ({ scheme }) => {
    const envelope = await createSealer({ peer, scheme, keyWraps }).seal(fields);
    const iv = Buffer.from(envelope.iv, 'base64');
    const wrapped = Buffer.from(envelope.encryptedKey, 'base64');
    const text = pkeyutl('-decrypt', scheme.rsa, Buffer.from(pkcs8Base64, 'base64'), wrapped);
    const dek = dekOf(scheme, text);
    expect(text).toEqual(wrappedText(scheme, dek, iv));
    const ciphertext = Buffer.from(envelope.encryptedName, 'base64');
    // The command line has no GCM: there node:crypto finishes.
    const plaintext =
      scheme.aes === 'A256CBC'
        ? aesCbc('-d', dek, iv, ciphertext)
        : nodeCrypto.decrypt(scheme, dek, iv, ciphertext);
    expect(plaintext.toString()).toBe(fields.encryptedName);
  });

  it.each(labelled.filter((row) => openable.includes(row)))(
    'wraps a key we unwrap: $name',
    async ({ scheme }) => {
      const { dek, iv } = freshKey(scheme);
      const plaintext = Buffer.from(fields.encryptedName);
      const ciphertext =
        scheme.aes === 'A256CBC'
          ? aesCbc('-e', dek, iv, plaintext)
          : nodeCrypto.encrypt(scheme, dek, iv, plaintext);
      const spki = Buffer.from(spkiBase64, 'base64');
      const encryptedKey = pkeyutl('-encrypt', scheme.rsa, spki, wrappedText(scheme, dek, iv)).toString(
        'base64',
      );
      const opener = createOpener({ keys, scheme, allowUnauthenticatedCbc: true });
      const envelope = {
        encryptedKey,
        iv: iv.toString('base64'),
        encryptedName: ciphertext.toString('base64'),
      };
      await expect(opener.open(envelope, ['encryptedName'])).resolves.toEqual({ encryptedName: '홍길동' });
    },
  );
});

function freshKey({ ivBytes }: EnvelopeScheme) {
  return { dek: randomBytes(32), iv: randomBytes(ivBytes) };
}
