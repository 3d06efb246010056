/**
 * Signatures of webhooks after the Standard Webhooks specification (standardwebhooks.com), so that receivers
 * find a verifier for their language ready made. `webhook-signature` is `v1,` and the Base64 of an
 * HMAC-SHA-256 over `<webhook-id>.<webhook-timestamp>.<body>`.
 */

/** `whsec_` and 24 to 64 bytes in Base64, as the specification has secrets. */
const SECRET_FORM = /^whsec_[A-Za-z0-9+/]+={0,2}$/;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** Whether a text can be a webhook's secret. */
export function isWebhookSecret(secret: string): boolean {
  return bytesOf(secret) !== null;
}

/** A new random secret of 32 bytes. */
export function generateWebhookSecret(): string {
  return `whsec_${toBase64(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/**
 * The value of `webhook-signature` for one attempt.
 *
 * @param timestamp whole seconds since 1970, as in `webhook-timestamp`; receivers refuse old ones.
 * @throws RangeError where the secret has another form than `whsec_<Base64 of 24 to 64 bytes>`.
 */
export async function signWebhook(
  secret: string,
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number; readonly body: string },
): Promise<string> {
  const raw = bytesOf(secret);
  if (raw === null) throw new RangeError('a webhook secret is "whsec_" and 24 to 64 bytes in Base64');
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return `v1,${toBase64(new Uint8Array(mac))}`;
}

function bytesOf(secret: string): Uint8Array<ArrayBuffer> | null {
  if (!SECRET_FORM.test(secret)) return null;
  let binary: string;
  try {
    binary = atob(secret.slice('whsec_'.length));
  } catch {
    return null;
  }
  const isLongEnough = binary.length >= MIN_SECRET_BYTES && binary.length <= MAX_SECRET_BYTES;
  return isLongEnough ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : null;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
