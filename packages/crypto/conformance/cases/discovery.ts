import { createContentCipher } from '../../src/content-encryption.ts';
import { detectScheme } from '../../src/detect-scheme.ts';
import {
  createSealer,
  decodeBase64,
  type EnvelopeScheme,
  formatScheme,
  importPeerKey,
  importPrivateKeys,
} from '../../src/index.ts';
import { oaepMixedKeyWrap } from '../../src/oaep-mixed.ts';
import { pkcs1KeyWrap } from '../../src/pkcs1.ts';
import { listPlausibleSchemes } from '../../src/plausible-schemes.ts';
import { type ProbeEnvelope, probeScheme } from '../../src/probe-scheme.ts';
import { decodeWrappedKey } from '../../src/wrapped-key.ts';
import { assertEqual, type PortableCase } from '../portable-case.ts';
import { referenceUnwrap } from '../reference-unwrap.ts';
import { testKey, vectors } from '../vectors.ts';

const { spkiBase64, privateJwk } = testKey('rsa2048');
const keyWraps = [pkcs1KeyWrap, oaepMixedKeyWrap];

/** A vendor's encryption test that takes exactly one scheme. */
async function vendorAccepts(scheme: EnvelopeScheme, envelope: ProbeEnvelope): Promise<boolean> {
  try {
    const iv = decodeBase64(envelope.iv);
    if (iv.length !== scheme.ivBytes) return false;
    const text = await referenceUnwrap(privateJwk, scheme.rsa, decodeBase64(envelope.encryptedKey));
    const dek = decodeWrappedKey(scheme, Uint8Array.from(text), iv);
    if (dek === undefined) return false;
    const decrypt = await createContentCipher(scheme, dek, iv, 'decrypt');
    await decrypt(decodeBase64(envelope.encryptedData));
    return true;
  } catch {
    return false;
  }
}

/** One of each padding and mode: the search for the last of 60 takes a slow reference some seconds. */
const probed = listPlausibleSchemes().filter((_, index) => index % 9 === 0);

export const discoveryCases: readonly PortableCase[] = [
  ...listPlausibleSchemes().map((scheme): PortableCase => {
    const text = formatScheme(scheme);
    const run = async () => {
      const vector = vectors.find((candidate) => candidate.scheme === text && candidate.key === 'rsa2048');
      const keys = await importPrivateKeys({ keys: [privateJwk] });
      const detection = await detectScheme(vector?.envelope ?? { encryptedKey: '', iv: '' }, keys);
      if (detection.found) {
        const certainty = scheme.aes === 'A256GCM' ? 'authenticated' : 'padding_only';
        assertEqual([formatScheme(detection.scheme), detection.certainty], [text, certainty]);
      } else {
        // Everything that could not be opened remains, the right one among it.
        assertEqual(detection.reason, 'key_not_unwrapped');
        assertEqual(detection.remaining.map(formatScheme).includes(text), true);
        assertEqual(scheme.rsa === 'OAEP-SHA1' || scheme.rsa === 'OAEP-SHA256', false);
      }
    };
    return { group: 'detect the scheme', name: text, run };
  }),
  ...probed.map((scheme): PortableCase => {
    const run = async () => {
      const peer = await importPeerKey(spkiBase64);
      const send = async (envelope: ProbeEnvelope) => ({ accepted: await vendorAccepts(scheme, envelope) });
      const { verdict, accepted } = await probeScheme({ peer, keyWraps, send });
      assertEqual([verdict, accepted.map(formatScheme)], ['found', [formatScheme(scheme)]]);
    };
    return { group: 'probe for the scheme', name: formatScheme(scheme), run };
  }),
  {
    group: 'detect the scheme',
    name: 'an envelope for another key of the same size',
    async run() {
      const peer = await importPeerKey(testKey('rsa2048-other').spkiBase64);
      const envelope = await createSealer({ peer }).seal({ encryptedName: '홍길동' });
      const keys = await importPrivateKeys({ keys: [privateJwk] });
      const detection = await detectScheme(envelope, keys);
      assertEqual([detection.found, !detection.found && detection.reason], [false, 'key_not_unwrapped']);
    },
  },
];
