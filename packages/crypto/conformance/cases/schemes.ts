import { createContentCipher } from '../../src/content-encryption.ts';
import {
  createOpener,
  createSealer,
  decodeBase64,
  type EnvelopeScheme,
  formatScheme,
  importPeerKey,
  importPrivateKeys,
  parseScheme,
} from '../../src/index.ts';
import { oaepMixedKeyWrap } from '../../src/oaep-mixed.ts';
import { pkcs1KeyWrap } from '../../src/pkcs1.ts';
import { listPlausibleSchemes } from '../../src/plausible-schemes.ts';
import { decodeWrappedKey } from '../../src/wrapped-key.ts';
import { assertEqual, assertFails, type PortableCase } from '../portable-case.ts';
import { referenceUnwrap } from '../reference-unwrap.ts';
import { plaintexts, testKey, vectors } from '../vectors.ts';

const keyWraps = [pkcs1KeyWrap, oaepMixedKeyWrap];
const names = Object.keys(plaintexts);

export const schemeCases: readonly PortableCase[] = [
  ...listPlausibleSchemes().map((scheme): PortableCase => {
    const run = isOpened(scheme) ? sealAndOpen : sealAndUnwrapByReference;
    return { group: `seal ${scheme.rsa}`, name: formatScheme(scheme), run: () => run(scheme) };
  }),
  ...vectors.map(({ scheme: text, key, envelope }): PortableCase => {
    const scheme = parseScheme(text);
    const run = async () => {
      if (!isOpened(scheme)) {
        await assertFails(() => openWith(key, scheme, envelope), 'unsupported_scheme');
      } else assertEqual(await openWith(key, scheme, envelope), plaintexts);
    };
    const group = isOpened(scheme) ? `open ${scheme.rsa}, ${scheme.aes}` : `refuse to open ${scheme.rsa}`;
    return { group, name: `${text} under ${key}`, run };
  }),
];

function isOpened({ rsa }: EnvelopeScheme): boolean {
  return rsa === 'OAEP-SHA1' || rsa === 'OAEP-SHA256';
}

async function openWith(key: string, scheme: EnvelopeScheme, envelope: { encryptedKey: string; iv: string }) {
  const keys = await importPrivateKeys({ keys: [testKey(key).privateJwk] });
  return createOpener({ keys, scheme, allowUnauthenticatedCbc: true }).open(envelope, names);
}

async function sealAndOpen(scheme: EnvelopeScheme): Promise<void> {
  const peer = await importPeerKey(testKey('rsa2048').spkiBase64);
  const envelope = await createSealer({ peer, scheme }).seal(plaintexts);
  assertEqual(await openWith('rsa2048', scheme, envelope), plaintexts);
}

async function sealAndUnwrapByReference(scheme: EnvelopeScheme): Promise<void> {
  const { spkiBase64, privateJwk } = testKey('rsa2048');
  const sealer = createSealer({ peer: await importPeerKey(spkiBase64), scheme, keyWraps });
  const { encryptedKey, iv: ivText, note } = await sealer.seal({ note: '홍길동' });
  const iv = decodeBase64(ivText);
  const text = await referenceUnwrap(privateJwk, scheme.rsa, decodeBase64(encryptedKey));
  const dek = decodeWrappedKey(scheme, Uint8Array.from(text), iv);
  if (dek === undefined) throw new Error('What was wrapped is not a key in the form of the scheme');
  const decrypt = await createContentCipher(scheme, dek, iv, 'decrypt');
  assertEqual(new TextDecoder().decode(await decrypt(decodeBase64(note))), '홍길동');
}
