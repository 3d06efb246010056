import {
  createOpener,
  createSealer,
  decodeBase64,
  encodeBase64,
  generateKeyPair,
  importPeerKey,
  importPrivateKeys,
} from '../../src/index.ts';
import { assertEqual, assertFails, type PortableCase } from '../portable-case.ts';
import { testKey } from '../vectors.ts';

const group = 'keys';
const { spkiBase64, pkcs8Base64, privateJwk } = testKey('rsa2048');
const other = testKey('rsa2048-other');

export const keyCases: readonly PortableCase[] = [
  {
    group,
    name: 'a public key is the same key as Base64, DER, PEM, JWK and PKCS#1',
    async run() {
      const spki = decodeBase64(spkiBase64);
      // The BIT STRING's content: 24 bytes of SubjectPublicKeyInfo stand before it at this size.
      const pkcs1 = spki.slice(24);
      const { n, e } = privateJwk;
      const sources = [
        spkiBase64,
        spki,
        pem('PUBLIC KEY', spkiBase64),
        { kty: 'RSA', n, e } as const,
        pkcs1,
        encodeBase64(pkcs1),
        pem('RSA PUBLIC KEY', encodeBase64(pkcs1)),
      ];
      const imported = await Promise.all(sources.map((source) => importPeerKey(source)));
      assertEqual(new Set(imported.map((key) => JSON.stringify([key.kid, key.spkiBase64, key.jwk]))).size, 1);
      assertEqual(imported[0]?.spkiBase64, spkiBase64);
    },
  },
  {
    group,
    name: 'a public key with bytes after its end, or another one appended, is refused',
    async run() {
      const spki = decodeBase64(spkiBase64);
      await assertFails(() => importPeerKey(Uint8Array.of(...spki, 0)), 'bad_key');
      await assertFails(() => importPeerKey(Uint8Array.of(...spki, ...spki)), 'bad_key');
      await assertFails(() => importPeerKey(`${spkiBase64}\n`), 'bad_key');
      await assertFails(() => importPeerKey(pem('PUBLIC KEY', spkiBase64).repeat(2)), 'bad_key');
    },
  },
  {
    group,
    name: 'what is no RSA public key is refused',
    async run() {
      const truncated = decodeBase64(spkiBase64).slice(0, -1);
      const { n, e } = privateJwk;
      for (const source of ['', 'AAAA', truncated, pkcs8Base64, pem('CERTIFICATE', spkiBase64)]) {
        await assertFails(() => importPeerKey(source), 'bad_key');
      }
      await assertFails(() => importPeerKey(privateJwk), 'bad_key');
      await assertFails(() => importPeerKey({ kty: 'RSA', n: `AA${n}`, e }), 'bad_key');
      await assertFails(() => importPeerKey({ kty: 'RSA', n, e: 'Aw' }), 'bad_key');
    },
  },
  {
    group,
    name: 'a private key works alike from JWKS, its JSON text, PKCS#8 DER and PEM, and is not extractable',
    async run() {
      const envelope = await createSealer({ peer: await importPeerKey(spkiBase64) }).seal({ note: '홍길동' });
      const jwks = { keys: [privateJwk] };
      for (const source of [
        jwks,
        JSON.stringify(jwks),
        decodeBase64(pkcs8Base64),
        pem('PRIVATE KEY', pkcs8Base64),
      ]) {
        const keys = await importPrivateKeys(source);
        assertEqual(await createOpener({ keys }).open(envelope, ['note']), { note: '홍길동' });
        assertEqual(
          keys.keys.map(({ oaep }) => [oaep['SHA-1'].extractable, oaep['SHA-256'].extractable]),
          [[false, false]],
        );
      }
    },
  },
  {
    group,
    name: 'several private keys open what was sealed for any of them',
    async run() {
      const keys = await importPrivateKeys([{ keys: [privateJwk] }, decodeBase64(other.pkcs8Base64)]);
      for (const spki of [spkiBase64, other.spkiBase64]) {
        const envelope = await createSealer({ peer: await importPeerKey(spki) }).seal({ note: 'x' });
        assertEqual(await createOpener({ keys }).open(envelope, ['note']), { note: 'x' });
      }
    },
  },
  {
    group,
    name: 'a generated pair fits together, and its id is that of its public key',
    async run() {
      const pair = await generateKeyPair();
      const peer = await importPeerKey(pair.publicKeySpkiBase64);
      const keys = await importPrivateKeys({ keys: [pair.privateJwk] });
      assertEqual([pair.kid, keys.keys[0]?.kid, peer.modulusBits], [peer.kid, peer.kid, 2048]);
      const envelope = await createSealer({ peer }).seal({ note: '홍길동' });
      assertEqual(await createOpener({ keys }).open(envelope, ['note']), { note: '홍길동' });
    },
  },
];

function pem(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
