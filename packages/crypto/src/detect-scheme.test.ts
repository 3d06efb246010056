import { describe, expect, it } from 'vitest';
import { testKey, vectors } from '../conformance/vectors.ts';
import { detectScheme } from './detect-scheme.ts';
import {
  createSealer,
  formatScheme,
  importPeerKey,
  importPrivateKeys,
  parseScheme,
  schemePresets,
} from './index.ts';
import { pkcs1KeyWrap } from './pkcs1.ts';
import { listPlausibleSchemes } from './plausible-schemes.ts';

const ours = testKey('rsa2048');
const keys = await importPrivateKeys({ keys: [testKey('rsa2048-other').privateJwk, ours.privateJwk] });
const peer = await importPeerKey(ours.spkiBase64);
const request = { encryptedName: '홍길동', encryptedPhoneNumber: '01012341234' };

describe('detectScheme', () => {
  it('passes over optional fields that are null or undefined', async () => {
    const envelope = await createSealer({ peer }).seal({ encryptedName: '홍길동' });
    const detected = detectScheme({ ...envelope, ...{ encryptedCI: null, encryptedEmail: undefined } }, keys);
    await expect(detected).resolves.toMatchObject({ found: true, scheme: schemePresets.default });
  });

  it('names the scheme and the key of every envelope that is opened here', async () => {
    const openable = vectors.filter(({ scheme }) =>
      ['OAEP-SHA1', 'OAEP-SHA256'].includes(parseScheme(scheme).rsa),
    );
    for (const { scheme, key, envelope } of openable.filter(({ key }) => key === 'rsa2048')) {
      const detection = await detectScheme(envelope, keys);
      expect(detection, `${scheme} under ${key}`).toMatchObject({
        found: true,
        scheme: parseScheme(scheme),
        kid: peer.kid,
        certainty: scheme.startsWith('A256GCM') ? 'authenticated' : 'padding_only',
      });
    }
  });

  it('leaves exactly the paddings it cannot open, with the IV it saw', async () => {
    const scheme = schemePresets['java-rsa'];
    const envelope = await createSealer({ peer, scheme, keyWraps: [pkcs1KeyWrap] }).seal(request);
    const detection = await detectScheme(envelope, keys);
    if (detection.found) throw new Error('PKCS#1 v1.5 must not be opened');
    expect(detection.reason).toBe('key_not_unwrapped');
    const possible = listPlausibleSchemes().filter(
      ({ rsa, ivBytes }) => ivBytes === 12 && ['PKCS1-v1_5', 'OAEP-SHA256-MGF1-SHA1'].includes(rsa),
    );
    expect(detection.remaining).toEqual(possible);
    expect(detection.remaining.map(formatScheme)).toContain(formatScheme(scheme));
  });

  it('tells an envelope for a key of another size', async () => {
    const large = await importPeerKey(testKey('rsa4096').spkiBase64);
    const detection = await detectScheme(await createSealer({ peer: large }).seal(request), keys);
    expect(detection).toMatchObject({ found: false, reason: 'no_key_of_this_size' });
  });

  it('tells a key that unwraps from content that does not open', async () => {
    const envelope = await createSealer({ peer }).seal(request);
    const broken = {
      ...envelope,
      encryptedName: envelope.encryptedPhoneNumber.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')),
    };
    const detection = await detectScheme(broken, keys);
    expect(detection).toEqual({
      found: false,
      reason: 'content_not_opened',
      remaining: [],
      unwrappedBytes: 32,
    });
  });

  it('looks at the fields named, or at every encrypted one, and ignores the rest of a request', async () => {
    const envelope = await createSealer({ peer }).seal({ ...request, note: 'x' });
    const body = { ...envelope, merchantUserKey: 'M-1' };
    await expect(detectScheme(body, keys)).resolves.toMatchObject({ found: true });
    const { encryptedName: _, encryptedPhoneNumber: __, ...onlyNote } = envelope;
    await expect(detectScheme(onlyNote, keys, ['note'])).resolves.toMatchObject({ found: true });
  });

  it('refuses what is no envelope, saying which part', async () => {
    const envelope = await createSealer({ peer }).seal(request);
    const { iv, encryptedKey } = envelope;
    await expect(detectScheme({ iv, encryptedKey }, keys)).rejects.toThrow(
      'The envelope has no encrypted field.',
    );
    await expect(detectScheme({ ...envelope, iv: `${iv}\n` }, keys)).rejects.toThrow(
      '"iv" is not canonical Base64.',
    );
    await expect(detectScheme(envelope, keys, ['missing'])).rejects.toThrow(
      'The envelope has no text "missing".',
    );
  });
});
