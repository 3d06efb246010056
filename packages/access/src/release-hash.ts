import { canonicalJson } from './canonical-json.ts';
import type { Release } from './model.ts';

declare const brand: unique symbol;
/** SHA-256 of a release's canonical JSON, in lower-case hex: the name under which a release is stored. */
export type ReleaseHash = string & { readonly [brand]: 'ReleaseHash' };

/** The hash that names a release. The same rules have the same hash, whatever the order of their keys. */
export async function releaseHash(release: Release): Promise<ReleaseHash> {
  const bytes = new TextEncoder().encode(canonicalJson(release));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  // A brand exists only in types; this is the one place that makes one from scratch.
  return hex as ReleaseHash;
}

/** Whether a text has the form of a release hash, for keys that come from outside. */
export function isReleaseHash(text: string): text is ReleaseHash {
  return /^[0-9a-f]{64}$/.test(text);
}
