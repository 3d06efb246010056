/**
 * The two exports used here. The casts: the DOM's types tie the result to the format asked for, the Workers'
 * types do not.
 */
export async function exportSpki(key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array((await crypto.subtle.exportKey('spki', key)) as ArrayBuffer);
}

export async function exportJwk(key: CryptoKey): Promise<JsonWebKey> {
  return (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey;
}
