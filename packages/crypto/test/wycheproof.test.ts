/**
 * Every vector of Wycheproof that applies: `WYCHEPROOF_DIR=… vitest run test/wycheproof.test.ts` with a checkout
 * of the vectors. Without it the same runner reads a few vectors of our own in the same format, so that it is
 * itself tested. Those were made by node:crypto (see conformance/make-wycheproof-format.ts).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createContentCipher } from '../src/content-encryption.ts';
import { defaultScheme, type EnvelopeScheme, importPrivateKeys, schemePresets } from '../src/index.ts';
import { decryptOaep, type OaepHash } from '../src/rsa-key.ts';
import { type AeadGroup, type CbcGroup, type OaepGroup, readWycheproof } from './wycheproof.ts';

const given = process.env['WYCHEPROOF_DIR'];
const files = readWycheproof(given ?? join(import.meta.dirname, 'wycheproof-format'));

interface Case {
  readonly title: string;
  readonly result: string;
  readonly msg: string;
  /** The message, hex, or a rejection. */
  decrypt(): Promise<string>;
  /** The ciphertext, hex, where sealing it again must give the same bytes. */
  encrypt?(): Promise<{ actual: string; expected: string }>;
}

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (buffer: ArrayBuffer) => Buffer.from(buffer).toString('hex');

function aesCase(scheme: EnvelopeScheme, key: string, iv: string, ct: string, msg: string, aad?: string) {
  const cipher = (usage: 'encrypt' | 'decrypt') =>
    createContentCipher(scheme, bytes(key), bytes(iv), usage, aad === undefined ? undefined : bytes(aad));
  return {
    decrypt: async () => hex(await (await cipher('decrypt'))(bytes(ct))),
    encrypt: async () => ({ actual: hex(await (await cipher('encrypt'))(bytes(msg))), expected: ct }),
  };
}

function gcmCases(name: string, { keySize, ivSize, tagSize, tests }: AeadGroup): Case[] {
  if (keySize !== 256 || (ivSize !== 96 && ivSize !== 128) || tagSize !== 128) return [];
  const scheme: EnvelopeScheme = { ...defaultScheme, ivBytes: ivSize === 96 ? 12 : 16 };
  return tests.map(({ tcId, comment, key, iv, aad, msg, ct, tag, result }) => ({
    title: `${name} ${tcId}: ${result} ${comment}`,
    result,
    msg,
    ...aesCase(scheme, key, iv, ct + tag, msg, aad),
  }));
}

function cbcCases(name: string, { keySize, tests }: CbcGroup): Case[] {
  if (keySize !== 256) return [];
  return tests.map(({ tcId, comment, key, iv, msg, ct, result }) => ({
    title: `${name} ${tcId}: ${result} ${comment}`,
    result,
    msg,
    ...aesCase(schemePresets['aes-cbc'], key, iv, ct, msg),
  }));
}

function oaepCases(name: string, { keySize, sha, mgfSha, privateKeyPkcs8, tests }: OaepGroup): Case[] {
  if (keySize < 2048 || keySize > 4096 || sha !== mgfSha || !isOaepHash(sha)) return [];
  const importing = importPrivateKeys(bytes(privateKeyPkcs8));
  return tests.map(({ tcId, comment, msg, ct, label, result }) => ({
    title: `${name} ${tcId}: ${result} ${comment}`,
    result,
    msg,
    async decrypt() {
      const [key] = (await importing).keys;
      if (key === undefined) throw new Error('The key was not imported');
      if (label === '') {
        const unwrapped = await decryptOaep(key.oaep[sha], bytes(ct));
        if (unwrapped === undefined) throw new Error('Not unwrapped');
        return hex(unwrapped);
      }
      // The package has no use for labels; the vectors that have one still try its imported keys.
      const algorithm = { name: 'RSA-OAEP', label: bytes(label) };
      return hex(await crypto.subtle.decrypt(algorithm, key.oaep[sha], bytes(ct)));
    },
  }));
}

function isOaepHash(hash: string): hash is OaepHash {
  return hash === 'SHA-1' || hash === 'SHA-256';
}

const cases = files.flatMap(({ name, testGroups }) =>
  testGroups.flatMap((group) => {
    if (group.type === 'AeadTest') return gcmCases(name, group);
    if (group.type === 'IndCpaTest') return cbcCases(name, group);
    return oaepCases(name, group);
  }),
);

describe(given === undefined ? 'vectors in the format of Wycheproof' : 'Wycheproof', () => {
  it('has applicable vectors of every kind, valid and not', () => {
    for (const kind of ['aes_gcm', 'aes_cbc_pkcs5', 'rsa_oaep_2048_sha1', 'rsa_oaep_2048_sha256']) {
      for (const result of ['valid', 'invalid']) {
        const found = cases.filter((test) => test.title.startsWith(kind) && test.result === result);
        expect(found.length, `${kind} ${result}`).toBeGreaterThan(0);
      }
    }
  });

  it('leaves out algorithms whose files are named alike', () => {
    const directory = mkdtempSync(join(tmpdir(), 'wycheproof-'));
    for (const [file, algorithm] of [
      ['aes_gcm_test.json', 'AES-GCM'],
      ['aes_gcm_siv_test.json', 'AES-GCM-SIV'],
    ] as const)
      writeFileSync(join(directory, file), JSON.stringify({ algorithm, testGroups: [] }));
    const read = readWycheproof(directory);
    rmSync(directory, { recursive: true });
    expect(read.map(({ algorithm }) => algorithm)).toEqual(['AES-GCM']);
  });

  it.each(cases)('$title', async ({ result, msg, decrypt, encrypt }) => {
    if (result === 'invalid') {
      await expect(decrypt()).rejects.toThrow();
      return;
    }
    // «acceptable» leaves it to the implementation whether it opens; if it does, then rightly.
    await expect(
      decrypt().catch((error) => (result === 'acceptable' ? msg : Promise.reject(error))),
    ).resolves.toBe(msg);
    const sealed = await encrypt?.();
    expect(sealed?.actual).toBe(sealed?.expected);
  });
});
