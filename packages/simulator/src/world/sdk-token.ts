import { opaqueToken } from './ids.ts';
import type { Merchant } from './merchant.ts';
import type { World } from './world.ts';

/** What an SDK may do with its token. */
export type SdkGrant =
  | { readonly purpose: 'register'; readonly txId: string }
  | { readonly purpose: 'verify' };

const header = { kid: 'cert', alg: 'HS256', typ: 'JWT' };

/** A JWT (RFC 7519) for one of the SDKs, signed with HMAC-SHA-256 under a secret of the world's own. */
export async function issueSdkToken(world: World, merchant: Merchant, grant: SdkGrant): Promise<string> {
  const issuedAt = Math.floor(world.nowMs() / 1000);
  const expiresAt = issuedAt + merchant.personality.sdkTokenSeconds;
  const claims = { ...grant, sub: merchant.clientId, iat: issuedAt, exp: expiresAt };
  const signed = `${encodePart(header)}.${encodePart(claims)}`;
  const signature = await crypto.subtle.sign('HMAC', await signingKey(world), bytes(signed));
  return `${signed}.${base64Url(new Uint8Array(signature))}`;
}

/** What a token grants to this merchant's SDK, or undefined where it is forged, expired or another's. */
export async function readSdkToken(
  world: World,
  merchant: Merchant,
  token: string,
): Promise<SdkGrant | undefined> {
  const [head = '', body = '', signature = ''] = token.split('.');
  const key = await signingKey(world);
  const signatureBytes = fromBase64Url(signature);
  if (
    !signatureBytes ||
    !(await crypto.subtle.verify('HMAC', key, signatureBytes, bytes(`${head}.${body}`)))
  ) {
    return undefined;
  }
  // Signed by this world, so it has the shape that issueSdkToken gave it.
  const claims = JSON.parse(decoder.decode(fromBase64Url(body))) as SdkGrant & { sub: string; exp: number };
  if (claims.sub !== merchant.clientId || claims.exp * 1000 <= world.nowMs()) return undefined;
  return claims.purpose === 'register' ? { purpose: 'register', txId: claims.txId } : { purpose: 'verify' };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function bytes(text: string): Uint8Array<ArrayBuffer> {
  // Copied: some runtimes' types leave open whether an encoder's memory is shared, which WebCrypto refuses.
  return new Uint8Array(encoder.encode(text));
}

async function signingKey(world: World): Promise<CryptoKey> {
  const secret = world.secrets.get('sdk') ?? world.secrets.set('sdk', opaqueToken(world.parts.random));
  return crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
}

function encodePart(value: object): string {
  return base64Url(bytes(JSON.stringify(value)));
}

function base64Url(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
