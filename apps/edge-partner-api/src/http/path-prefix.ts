/** Where a request goes that lacks the secret prefix: no route is there. */
const NOWHERE = '/v1/';

/**
 * The path under which routes are looked up where FacePass calls us below a secret first segment. Its own
 * addresses without the prefix lead nowhere; it protects nothing but the log from scanners, and comes on top of
 * authentication.
 */
export function withoutPrefix(path: string, prefix: unknown): string {
  if (typeof prefix !== 'string' || prefix === '') return path;
  const under = `/${prefix}/`;
  if (path.startsWith(under)) return `/${path.slice(under.length)}`;
  return path.startsWith('/v1/') ? NOWHERE : path;
}
