/**
 * The floor for the envelope: what one writes by hand for exactly one scheme (AES-256-GCM, RSA-OAEP-SHA1, raw
 * key) on WebCrypto with imported keys kept and every wait in parallel. No checks, no wiping, no uniform
 * failure: it shows what those cost, and is not to be used.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const oaep = { name: 'RSA-OAEP', hash: 'SHA-1' } as const;

export async function importFloorKeys(spkiBase64: string, jwk: JsonWebKey) {
  const spki = Buffer.from(spkiBase64, 'base64');
  const [publicKey, privateKey] = await Promise.all([
    crypto.subtle.importKey('spki', spki, oaep, false, ['encrypt']),
    crypto.subtle.importKey('jwk', { ...jwk }, oaep, false, ['decrypt']),
  ]);
  return { publicKey, privateKey };
}

export async function sealFloor(publicKey: CryptoKey, fields: Readonly<Record<string, string>>) {
  const dek = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const wrapping = crypto.subtle.encrypt('RSA-OAEP', publicKey, dek);
  const key = await crypto.subtle.importKey('raw', dek, 'AES-GCM', false, ['encrypt']);
  const names = Object.keys(fields);
  const [wrapped, ...sealed] = await Promise.all([
    wrapping,
    ...names.map((name) => crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, encoder.encode(fields[name]))),
  ]);
  const envelope: Record<string, string> = {
    encryptedKey: Buffer.from(wrapped).toString('base64'),
    iv: Buffer.from(iv).toString('base64'),
  };
  names.forEach((name, index) => {
    envelope[name] = Buffer.from(sealed[index] ?? new ArrayBuffer(0)).toString('base64');
  });
  return envelope;
}

export async function openFloor(
  privateKey: CryptoKey,
  envelope: Readonly<Record<string, string>>,
  names: readonly string[],
) {
  const dek = await crypto.subtle.decrypt('RSA-OAEP', privateKey, read(envelope, 'encryptedKey'));
  const key = await crypto.subtle.importKey('raw', dek, 'AES-GCM', false, ['decrypt']);
  const iv = read(envelope, 'iv');
  const opened = await Promise.all(
    names.map((name) => crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, read(envelope, name))),
  );
  return Object.fromEntries(names.map((name, index) => [name, decoder.decode(opened[index])]));
}

function read(envelope: Readonly<Record<string, string>>, name: string): Uint8Array<ArrayBuffer> {
  return Buffer.from(envelope[name] ?? '', 'base64');
}
