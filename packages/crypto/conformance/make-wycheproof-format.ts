/** Makes `test/wycheproof-format/`, a few vectors in that format by node:crypto. Run it only to change them. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultScheme, type EnvelopeScheme, schemePresets } from '../src/index.ts';
import { nodeCrypto } from './other-implementations.ts';
import { testKey } from './vectors.ts';

const { spkiBase64, pkcs8Base64 } = testKey('rsa2048');
const messages = ['', '홍길동', '0123456789abcdef'].map((text) => Buffer.from(text));

function flipLast(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  return flipped;
}

function aesGroup(scheme: EnvelopeScheme) {
  const gcm = scheme.aes === 'A256GCM';
  const tests = messages.flatMap((message, index) => {
    const [dek, iv] = [randomBytes(32), randomBytes(scheme.ivBytes)];
    const sealed = nodeCrypto.encrypt(scheme, dek, iv, message);
    return (['valid', 'invalid'] as const).map((result, offset) => {
      // A flipped tag; in CBC a ciphertext cut to no whole number of blocks, which never passes by chance.
      const broken = gcm ? flipLast(sealed) : sealed.subarray(1);
      const bytes = result === 'valid' ? sealed : broken;
      const end = gcm ? bytes.length - 16 : bytes.length;
      return {
        tcId: index * 2 + offset + 1,
        comment: result === 'valid' ? '' : 'altered',
        key: dek.toString('hex'),
        iv: iv.toString('hex'),
        ...(gcm && { aad: scheme.aad === 'dek' ? dek.toString('hex') : '' }),
        msg: message.toString('hex'),
        ct: bytes.subarray(0, end).toString('hex'),
        ...(gcm && { tag: bytes.subarray(end).toString('hex') }),
        result,
      };
    });
  });
  const type = gcm ? 'AeadTest' : 'IndCpaTest';
  return { type, keySize: 256, ivSize: scheme.ivBytes * 8, ...(gcm && { tagSize: 128 }), tests };
}

function oaepGroup(rsa: 'OAEP-SHA1' | 'OAEP-SHA256') {
  const sha = rsa === 'OAEP-SHA1' ? 'SHA-1' : 'SHA-256';
  const tests = messages.flatMap((message, index) => {
    const wrapped = nodeCrypto.wrap(spkiBase64, rsa, message);
    return [wrapped, flipLast(wrapped)].map((bytes, offset) => ({
      tcId: index * 2 + offset + 1,
      comment: offset === 0 ? '' : 'altered',
      msg: message.toString('hex'),
      ct: bytes.toString('hex'),
      label: '',
      result: offset === 0 ? 'valid' : 'invalid',
    }));
  });
  const privateKeyPkcs8 = Buffer.from(pkcs8Base64, 'base64').toString('hex');
  return { type: 'RsaesOaepDecrypt', keySize: 2048, sha, mgf: 'MGF1', mgfSha: sha, privateKeyPkcs8, tests };
}

function write(name: string, algorithm: string, testGroups: readonly object[]): void {
  const file = join(import.meta.dirname, '../test/wycheproof-format', `${name}_test.json`);
  writeFileSync(file, `${JSON.stringify({ algorithm, testGroups }, null, 2)}\n`);
}

write('aes_gcm', 'AES-GCM', [
  aesGroup(defaultScheme),
  aesGroup({ ...defaultScheme, ivBytes: 16 }),
  aesGroup({ ...defaultScheme, aad: 'dek' }),
]);
write('aes_cbc_pkcs5', 'AES-CBC-PKCS5', [aesGroup(schemePresets['aes-cbc'])]);
write('rsa_oaep_2048_sha1_mgf1sha1', 'RSAES-OAEP', [oaepGroup('OAEP-SHA1')]);
write('rsa_oaep_2048_sha256_mgf1sha256', 'RSAES-OAEP', [oaepGroup('OAEP-SHA256')]);
