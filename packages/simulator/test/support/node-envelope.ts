import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';

/** The default scheme written with node:crypto alone: AES-256-GCM, RSA-OAEP with SHA-1, the raw key wrapped. */
export function sealWithNode(publicKey: string, fields: Record<string, string>): Record<string, string> {
  const [aesKey, iv] = [randomBytes(32), randomBytes(12)];
  const sealed = Object.entries(fields).map(([name, text]) => {
    const cipher = createCipheriv('aes-256-gcm', aesKey, iv);
    const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return [name, bytes.toString('base64')];
  });
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  const encryptedKey = publicEncrypt(oaep(key), aesKey).toString('base64');
  return { ...Object.fromEntries(sealed), encryptedKey, iv: iv.toString('base64') };
}

export function openWithNode(privateKeyPem: string, envelope: Record<string, string>, name: string): string {
  const bytesOf = (member: string) => Buffer.from(envelope[member] ?? '', 'base64');
  const aesKey = privateDecrypt(oaep(createPrivateKey(privateKeyPem)), bytesOf('encryptedKey'));
  const decipher = createDecipheriv('aes-256-gcm', aesKey, bytesOf('iv'));
  decipher.setAuthTag(bytesOf(name).subarray(-16));
  return Buffer.concat([decipher.update(bytesOf(name).subarray(0, -16)), decipher.final()]).toString();
}

export function generateNodeKeys(): { readonly publicKey: string; readonly privateKeyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function oaep(key: KeyObject) {
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
}
