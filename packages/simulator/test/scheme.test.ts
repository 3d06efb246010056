import {
  createSealer,
  type EnvelopeScheme,
  formatScheme,
  generateKeyPair,
  importPeerKey,
  importPrivateKeys,
} from '@facepass-kit/crypto';
import { detectScheme } from '@facepass-kit/crypto/detect';
import { oaepMixedKeyWrap } from '@facepass-kit/crypto/oaep-mixed';
import { pkcs1KeyWrap } from '@facepass-kit/crypto/pkcs1';
import { listPlausibleSchemes } from '@facepass-kit/crypto/plausible-schemes';
import { type ProbeEnvelope, probeScheme } from '@facepass-kit/crypto/probe';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEnvelope } from '../src/envelope/open-envelope.ts';
import { importVendorKey } from '../src/envelope/vendor-key.ts';
import { createFacePass, type FacePass } from './support/facepass.ts';
import { sealWithNode } from './support/node-envelope.ts';
import { createScriptedPartner, partnerUrl } from './support/partner.ts';

const schemes = listPlausibleSchemes().map((scheme) => ({ scheme, text: formatScheme(scheme) }));
const keyWraps = [pkcs1KeyWrap, oaepMixedKeyWrap];
const partnerKeys = await generateKeyPair();
const kim = { name: '김하나', phoneNumber: '01012341234', birthDate: '19900101' };

const partner = createScriptedPartner();
let facepass: FacePass;
let vendorKey: string;

beforeAll(async () => {
  facepass = await createFacePass({ fetch: partner.fetch });
  await facepass.control.run('merchants/configure', {
    partner: { baseUrl: partnerUrl, publicKey: partnerKeys.publicKeySpkiBase64 },
  });
  vendorKey = String((await facepass.call('rsa-public-key', {})).success['rsaKey']);
});

function speak(scheme: EnvelopeScheme | string): Promise<unknown> {
  return facepass.control.run('merchants/configure', { scheme });
}

async function sealFor(scheme: EnvelopeScheme): Promise<ProbeEnvelope> {
  return createSealer({ peer: await importPeerKey(vendorKey), scheme, keyWraps }).seal({
    encryptedData: '홍길동',
  });
}

async function accepts(envelope: object): Promise<boolean> {
  return (await facepass.call('merchant/encryption-test', envelope)).success['success'] === true;
}

describe.each(schemes)('a FacePass that speaks $text', ({ scheme, text }) => {
  it('opens that scheme and no other', async () => {
    await speak(text);
    expect(await accepts(await sealFor(scheme))).toBe(true);
    // One dimension apart from it, in every dimension: the hardest to tell from it.
    const others = schemes.filter((other) => differences(scheme, other.scheme) === 1);
    expect(others.length).toBeGreaterThanOrEqual(5);
    for (const other of others) {
      expect({ other: other.text, accepted: await accepts(await sealFor(other.scheme)) }).toMatchObject({
        accepted: false,
      });
    }
  });

  it('asks its partner in that scheme', async () => {
    await speak(scheme);
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: text }));
    const { personId } = await facepass.control.run('persons/create', kim);
    const result = await facepass.control.run('app/register', { personId, by: 'identity' });
    expect(result.outcome).toBe('registered');
    const { encryptedKey, iv, ...fields } = Object(partner.questions.at(-1)?.body);
    const key = await importVendorKey(partnerKeys.privateJwk);
    await expect(openEnvelope({ fields, encryptedKey, iv }, scheme, [key])).resolves.toEqual({
      encryptedName: kim.name,
      encryptedPhoneNumber: kim.phoneNumber,
      encryptedBirthDate: kim.birthDate,
    });
  });

  it('is found by a probe', async () => {
    await speak(scheme);
    const report = await probeScheme({
      peer: await importPeerKey(vendorKey),
      keyWraps,
      send: async (envelope) => ({ accepted: await accepts(envelope) }),
    });
    expect(report).toMatchObject({ verdict: 'found', accepted: [scheme] });
  });

  it('is recognised from one question to its partner, as far as the partner can open it', async () => {
    await speak(scheme);
    const { personId } = await facepass.control.run('persons/create', kim);
    await facepass.control.run('app/register', { personId, by: 'identity' });
    const { encryptedKey, iv, ...fields } = Object(partner.questions.at(-1)?.body);
    const keys = await importPrivateKeys({ keys: [partnerKeys.privateJwk] });
    const detected = await detectScheme({ encryptedKey, iv, ...fields }, keys);
    if (scheme.rsa === 'OAEP-SHA1' || scheme.rsa === 'OAEP-SHA256') {
      expect(detected).toMatchObject({ found: true, scheme });
    } else {
      expect(detected).toMatchObject({ found: false, remaining: expect.arrayContaining([scheme]) });
    }
  });
});

/** In how many dimensions two schemes differ; another AES mode brings its own IV and AAD along. */
function differences(a: EnvelopeScheme, b: EnvelopeScheme): number {
  const content = (scheme: EnvelopeScheme) => [scheme.aes, scheme.ivBytes, scheme.aad].join();
  return Number(content(a) !== content(b)) + Number(a.rsa !== b.rsa) + Number(a.dek !== b.dek);
}

function flip(base64: string, at: number): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64');
}

describe('a probe', () => {
  const probe = async (all: boolean) =>
    probeScheme({
      peer: await importPeerKey(vendorKey),
      keyWraps,
      all,
      candidates: schemes.slice(0, 12).map(({ scheme }) => scheme),
      send: async (envelope) => {
        const { status, success } = await facepass.call('merchant/encryption-test', envelope);
        return { status, accepted: success['success'] === true };
      },
    });

  it('reports two lengths of the IV where FacePass takes both', async () => {
    await speak('default');
    await facepass.control.run('merchants/configure', { personality: { gcmIv: 'any' } });
    const { accepted } = await probe(true);
    expect(accepted.map(formatScheme)).toEqual([
      'A256GCM/12/none/OAEP-SHA1/raw',
      'A256GCM/16/none/OAEP-SHA1/raw',
    ]);
    await facepass.control.run('merchants/configure', { personality: { gcmIv: 'exact' } });
  });

  it.each([
    ['success-false', 'found'],
    ['fail', 'found'],
    ['bad-request', 'found'],
    ['accept', 'proves_nothing'],
  ] as const)('of an encryption test that refuses by %s: %s', async (encryptionTestRefusal, verdict) => {
    await speak('toss-cert');
    await facepass.control.run('merchants/configure', { personality: { encryptionTestRefusal } });
    await expect(probe(false)).resolves.toMatchObject({ verdict });
  });
});

describe('opening', () => {
  it.each(['OAEP-SHA1', 'OAEP-SHA256', 'OAEP-SHA256-MGF1-SHA1', 'PKCS1-v1_5'] as const)(
    'refuses a flipped bit anywhere under %s',
    async (rsa) => {
      const scheme = { aes: 'A256GCM', ivBytes: 12, aad: 'none', rsa, dek: 'raw' } as const;
      const keys = [await importVendorKey(partnerKeys.privateJwk)];
      const peer = await importPeerKey(partnerKeys.publicKeySpkiBase64);
      const { encryptedKey, iv, a } = await createSealer({ peer, scheme, keyWraps }).seal({ a: '홍길동' });
      const open = (parts: { encryptedKey?: string; iv?: string; a?: string }) => {
        const fields = { a: parts.a ?? a };
        return openEnvelope(
          { fields, encryptedKey: parts.encryptedKey ?? encryptedKey, iv: parts.iv ?? iv },
          scheme,
          keys,
        );
      };
      await expect(open({})).resolves.toEqual({ a: '홍길동' });
      for (const at of [0, 5, 10]) {
        await expect(open({ encryptedKey: flip(encryptedKey, at * 20) })).resolves.toBeUndefined();
        await expect(open({ iv: flip(iv, at) })).resolves.toBeUndefined();
        await expect(open({ a: flip(a, at) })).resolves.toBeUndefined();
      }
      for (const broken of ['', 'AAAA', `${encryptedKey}\n`, encryptedKey.slice(4)]) {
        await expect(open({ encryptedKey: broken })).resolves.toBeUndefined();
      }
    },
  );

  it('takes off a wrapping around values, and its absence too', async () => {
    const fieldWrap = { before: '{"a":"', after: '"}' };
    await speak('default');
    await facepass.control.run('merchants/configure', { personality: { fieldWrap } });
    const prepare = (fields: Record<string, string>) =>
      facepass.call('merchant/face-register-prepare', {
        merchantUserKey: '9',
        ...sealWithNode(vendorKey, fields),
      });
    const plain = {
      encryptedName: kim.name,
      encryptedPhoneNumber: kim.phoneNumber,
      encryptedBirthDate: kim.birthDate,
    };
    const wrapped = Object.entries(plain).map(([name, value]) => [name, `{"a":"${value}"}`]);
    await expect(prepare(Object.fromEntries(wrapped))).resolves.toMatchObject({
      success: { completed: true },
    });
    await expect(prepare(plain)).resolves.toMatchObject({ success: { completed: true } });
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: null }));
    const { personId } = await facepass.control.run('persons/create', kim);
    await facepass.control.run('app/register', { personId, by: 'phone' });
    const { encryptedKey, iv, ...fields } = Object(partner.questions.at(-1)?.body);
    const keys = [await importVendorKey(partnerKeys.privateJwk)];
    const scheme = schemes[0]?.scheme;
    if (scheme === undefined) throw new Error('there are schemes');
    await expect(openEnvelope({ fields, encryptedKey, iv }, scheme, keys)).resolves.toEqual({
      encryptedPhoneNumber: `{"a":"${kim.phoneNumber}"}`,
    });
  });
});
