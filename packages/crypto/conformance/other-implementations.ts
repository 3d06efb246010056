/**
 * The envelope in the hands of others: AES and RSA of node:crypto (OpenSSL) and of node-forge (plain JavaScript).
 * Nothing here touches this package's own code, so agreement means something.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import forge from 'node-forge';
import type { EnvelopeScheme, RsaPadding } from '../src/index.ts';

export interface Implementation {
  readonly paddings: readonly RsaPadding[];
  wrap(spkiBase64: string, rsa: RsaPadding, text: Buffer): Buffer;
  unwrap(pkcs8Base64: string, rsa: RsaPadding, wrapped: Buffer): Buffer;
  encrypt(scheme: EnvelopeScheme, dek: Buffer, iv: Buffer, plaintext: Buffer): Buffer;
  decrypt(scheme: EnvelopeScheme, dek: Buffer, iv: Buffer, ciphertext: Buffer): Buffer;
}

const tagBytes = 16;

function nodePadding(rsa: RsaPadding) {
  if (rsa === 'PKCS1-v1_5') return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: rsa === 'OAEP-SHA1' ? 'sha1' : 'sha256' };
}

export const nodeCrypto: Implementation = {
  paddings: ['OAEP-SHA1', 'OAEP-SHA256', 'PKCS1-v1_5'],
  wrap(spkiBase64, rsa, text) {
    const key = createPublicKey({ key: Buffer.from(spkiBase64, 'base64'), format: 'der', type: 'spki' });
    return publicEncrypt({ key, ...nodePadding(rsa) }, text);
  },
  unwrap(pkcs8Base64, rsa, wrapped) {
    const key = createPrivateKey({ key: Buffer.from(pkcs8Base64, 'base64'), format: 'der', type: 'pkcs8' });
    return privateDecrypt({ key, ...nodePadding(rsa) }, wrapped);
  },
  encrypt(scheme, dek, iv, plaintext) {
    if (scheme.aes === 'A256CBC') {
      const cipher = createCipheriv('aes-256-cbc', dek, iv);
      return Buffer.concat([cipher.update(plaintext), cipher.final()]);
    }
    const cipher = createCipheriv('aes-256-gcm', dek, iv);
    if (scheme.aad === 'dek') cipher.setAAD(dek);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  },
  decrypt(scheme, dek, iv, ciphertext) {
    if (scheme.aes === 'A256CBC') {
      const decipher = createDecipheriv('aes-256-cbc', dek, iv);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    }
    const decipher = createDecipheriv('aes-256-gcm', dek, iv);
    if (scheme.aad === 'dek') decipher.setAAD(dek);
    decipher.setAuthTag(ciphertext.subarray(-tagBytes));
    return Buffer.concat([decipher.update(ciphertext.subarray(0, -tagBytes)), decipher.final()]);
  },
};

function forgeOaep(rsa: RsaPadding) {
  const md = rsa === 'OAEP-SHA1' ? forge.md.sha1.create() : forge.md.sha256.create();
  const mgf1 = rsa === 'OAEP-SHA256' ? forge.md.sha256.create() : forge.md.sha1.create();
  return { md, mgf1: { md: mgf1 } };
}

function forgePem(label: string, base64: string): string {
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}

function forgeParameters(scheme: EnvelopeScheme, dek: Buffer, iv: Buffer) {
  const additionalData = scheme.aad === 'dek' ? dek.toString('binary') : '';
  return { iv: iv.toString('binary'), additionalData, tagLength: tagBytes * 8 };
}

export const nodeForge: Implementation = {
  paddings: ['OAEP-SHA1', 'OAEP-SHA256', 'OAEP-SHA256-MGF1-SHA1', 'PKCS1-v1_5'],
  wrap(spkiBase64, rsa, text) {
    const key = forge.pki.publicKeyFromPem(forgePem('PUBLIC KEY', spkiBase64));
    const input = text.toString('binary');
    const wrapped =
      rsa === 'PKCS1-v1_5' ? key.encrypt(input) : key.encrypt(input, 'RSA-OAEP', forgeOaep(rsa));
    return Buffer.from(wrapped, 'binary');
  },
  unwrap(pkcs8Base64, rsa, wrapped) {
    const key = forge.pki.privateKeyFromPem(forgePem('PRIVATE KEY', pkcs8Base64));
    const input = wrapped.toString('binary');
    const text = rsa === 'PKCS1-v1_5' ? key.decrypt(input) : key.decrypt(input, 'RSA-OAEP', forgeOaep(rsa));
    return Buffer.from(text, 'binary');
  },
  encrypt(scheme, dek, iv, plaintext) {
    const cipher = forge.cipher.createCipher(modeOf(scheme), dek.toString('binary'));
    cipher.start(forgeParameters(scheme, dek, iv));
    cipher.update(forge.util.createBuffer(plaintext.toString('binary')));
    cipher.finish();
    const tag = scheme.aes === 'A256GCM' ? cipher.mode.tag.getBytes() : '';
    return Buffer.from(cipher.output.getBytes() + tag, 'binary');
  },
  decrypt(scheme, dek, iv, ciphertext) {
    const tagLength = scheme.aes === 'A256GCM' ? tagBytes : 0;
    const end = ciphertext.length - tagLength;
    const decipher = forge.cipher.createDecipher(modeOf(scheme), dek.toString('binary'));
    const tag = forge.util.createBuffer(ciphertext.subarray(end).toString('binary'));
    decipher.start({ ...forgeParameters(scheme, dek, iv), ...(tagLength > 0 && { tag }) });
    decipher.update(forge.util.createBuffer(ciphertext.subarray(0, end).toString('binary')));
    if (!decipher.finish()) throw new Error('node-forge refused the ciphertext');
    return Buffer.from(decipher.output.getBytes(), 'binary');
  },
};

function modeOf({ aes }: EnvelopeScheme): 'AES-GCM' | 'AES-CBC' {
  return aes === 'A256GCM' ? 'AES-GCM' : 'AES-CBC';
}

/** The wrapped text, spelled out once more. */
export function wrappedText(scheme: EnvelopeScheme, dek: Buffer, iv: Buffer): Buffer {
  const label = scheme.aes === 'A256GCM' ? 'AES_GCM' : 'AES_CBC';
  const texts = {
    raw: dek,
    base64: Buffer.from(dek.toString('base64')),
    labelled: Buffer.from(`${label}$${dek.toString('base64')}$${iv.toString('base64')}`),
  };
  return texts[scheme.dek];
}

/** The key inside a wrapped text. */
export function dekOf(scheme: EnvelopeScheme, text: Buffer): Buffer {
  if (scheme.dek === 'raw') return text;
  const [first = '', second = ''] = text.toString().split('$');
  return Buffer.from(scheme.dek === 'base64' ? first : second, 'base64');
}
