import { NotConfiguredError, type Settings } from '../env.ts';
import { tokenOfBothSides } from '../env-contradictions.ts';
import type { Principal } from './admin-role.ts';
import { type AppContext, factory } from './context.ts';
import { createJwtCheck } from './jwt-check.ts';
import { unauthorized } from './partner-auth.ts';
import { bearerToken, createTokenCheck } from './token-check.ts';

/** Who an administrator is, or null. */
export type AdminAuth = (c: AppContext) => Promise<Principal | null>;

/**
 * Administrators come with an API token, each with a role, or through Cloudflare Access, whose signed assertion
 * names a person. With neither configured nobody is let in.
 */
export function createAdminAuth(settings: Settings): AdminAuth {
  const ways = [byToken(settings), byAccess(settings)].filter((way) => way !== null);
  return async (c) => {
    if (ways.length === 0) throw new NotConfiguredError('ADMIN_TOKEN', ['ADMIN_TOKENS', 'ADMIN_ACCESS']);
    const found = await Promise.allSettled(ways.map((way) => way(c)));
    for (const way of found) if (way.status === 'fulfilled' && way.value !== null) return way.value;
    for (const way of found) if (way.status === 'rejected') throw way.reason;
    return null;
  };
}

function byToken({ ADMIN_TOKEN, ADMIN_TOKENS, PARTNER_TOKENS = [] }: Settings): AdminAuth | null {
  const entries = [
    ...(ADMIN_TOKEN === undefined ? [] : [{ id: 'ADMIN_TOKEN', role: 'admin' as const, token: ADMIN_TOKEN }]),
    ...(ADMIN_TOKENS ?? []),
  ];
  if (entries.length === 0) return null;
  const check = createTokenCheck(entries.map(({ token }) => token));
  const isPartners = createTokenCheck(PARTNER_TOKENS);
  return async (c) => {
    const token = bearerToken(c.req.header('authorization'));
    const entry = entries[await check(token ?? '')];
    // Where one side has the token and the other its hash, nothing tells before it is presented.
    if (entry !== undefined && (await isPartners(token ?? '')) >= 0) throw tokenOfBothSides();
    return token === null || entry === undefined ? null : { id: entry.id, role: entry.role };
  };
}

function byAccess({ ADMIN_ACCESS }: Settings): AdminAuth | null {
  if (ADMIN_ACCESS === undefined) return null;
  const { teamDomain, audience, roles } = ADMIN_ACCESS;
  const roleOf = new Map(Object.entries(roles).map(([subject, role]) => [subject.toLowerCase(), role]));
  const issuer = `https://${teamDomain}`;
  const check = createJwtCheck({ jwksUrl: `${issuer}/cdn-cgi/access/certs`, issuer, audience });
  return async (c) => {
    const assertion = c.req.header('cf-access-jwt-assertion');
    const claims = assertion === undefined ? null : await check(assertion, c);
    // A person has an address; a service token of Access has a name of its own instead.
    const subject = claims?.['email'] ?? claims?.['common_name'];
    const role = typeof subject === 'string' ? roleOf.get(subject.toLowerCase()) : undefined;
    return typeof subject !== 'string' || role === undefined ? null : { id: subject, role };
  };
}

/** Lets administrators in, and remembers who it is. */
export const adminAuth = factory.createMiddleware(async (c, next) => {
  const principal = await c.get('services').adminAuth(c);
  if (principal === null) throw unauthorized(c);
  c.set('principal', principal);
  await next();
});
