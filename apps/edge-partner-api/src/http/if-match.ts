import { Refusal } from './refusal.ts';

/** A version as an entity tag (RFC 9110 §8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** The version an `If-Match` header counts on, or null where anything may be there. */
export function expectedVersion(header: string | undefined): number | null {
  if (header === undefined || header === '*') return null;
  const version = /^"(\d{1,15})"$/.exec(header)?.[1];
  if (version === undefined) {
    throw new Refusal(
      400,
      'INVALID_REQUEST',
      'If-Match must be one entity tag as it was given, such as "3".',
    );
  }
  return Number(version);
}

/** A release as an entity tag. */
export function releaseTag(hash: string): string {
  return `"${hash}"`;
}

/** The head an `If-Match` header counts on; undefined where anything may be there. */
export function expectedRelease(header: string | undefined): string | undefined {
  if (header === undefined || header === '*') return undefined;
  const hash = /^"([0-9a-f]{64})"$/.exec(header)?.[1];
  if (hash !== undefined) return hash;
  throw new Refusal(
    400,
    'INVALID_REQUEST',
    'If-Match must be one entity tag: the hash of a release in quotes.',
  );
}
