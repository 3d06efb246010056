import { NotConfiguredError, type Settings } from '../env.ts';
import { isWithin, parseBlock } from './client-address.ts';
import { type AppContext, factory } from './context.ts';
import { createJwtCheck } from './jwt-check.ts';
import { Refusal } from './refusal.ts';
import { bearerToken, createTokenCheck } from './token-check.ts';

/** Whether a request comes from FacePass. */
export interface PartnerAuth {
  readonly check: (c: AppContext) => Promise<boolean>;
}

/**
 * FacePass does not say how it authenticates itself, so every usual way can be configured, and all that are
 * configured must hold. With none of them nobody is let in.
 */
export function createPartnerAuth(settings: Settings): PartnerAuth {
  const checks = [tokens(settings), addresses(settings), certificates(settings), jwt(settings)].filter(
    (check) => check !== null,
  );
  return {
    async check(c) {
      if (checks.length === 0) throw new NotConfiguredError('PARTNER_TOKENS');
      // All of them run to the end: which one failed is nobody's business.
      const results = await Promise.all(checks.map((check) => check(c)));
      return results.every(Boolean);
    },
  };
}

type Check = (c: AppContext) => boolean | Promise<boolean>;

function tokens({ PARTNER_TOKENS }: Settings): Check | null {
  if (PARTNER_TOKENS === undefined) return null;
  const check = createTokenCheck(PARTNER_TOKENS);
  return async (c) => {
    const token = bearerToken(c.req.header('authorization'));
    const position = await check(token ?? '');
    return token !== null && position >= 0;
  };
}

function addresses({ PARTNER_ADDRESSES }: Settings): Check | null {
  if (PARTNER_ADDRESSES === undefined) return null;
  const blocks = PARTNER_ADDRESSES.map(parseBlock);
  // Set by Cloudflare on every request; a client's own header of that name is replaced.
  return (c) => isWithin(c.req.header('cf-connecting-ip') ?? '', blocks);
}

function certificates({ PARTNER_CERTIFICATES }: Settings): Check | null {
  if (PARTNER_CERTIFICATES === undefined) return null;
  const pinned = new Set(PARTNER_CERTIFICATES);
  return (c) => {
    const client = tlsClientAuth(c.req.raw);
    return client?.certVerified === 'SUCCESS' && pinned.has(client.certFingerprintSHA256.toLowerCase());
  };
}

function tlsClientAuth(request: Request) {
  const cf: unknown = Reflect.get(request, 'cf');
  if (typeof cf !== 'object' || cf === null || !('tlsClientAuth' in cf)) return undefined;
  // Shape fixed by the platform (IncomingRequestCfProperties).
  return cf.tlsClientAuth as
    | { readonly certVerified: string; readonly certFingerprintSHA256: string }
    | null
    | undefined;
}

function jwt({ PARTNER_JWT }: Settings): Check | null {
  if (PARTNER_JWT === undefined) return null;
  const check = createJwtCheck(PARTNER_JWT);
  const { header } = PARTNER_JWT;
  return async (c) => {
    const value = c.req.header(header);
    const token = header === 'authorization' ? bearerToken(value) : value;
    return token !== undefined && token !== null && (await check(token)) !== null;
  };
}

/** Lets FacePass in, and nobody else. */
export const partnerAuth = factory.createMiddleware(async (c, next) => {
  if (!(await c.get('services').partnerAuth.check(c))) throw unauthorized(c);
  await next();
});

export function unauthorized(c: AppContext): Refusal {
  c.header('www-authenticate', 'Bearer');
  return new Refusal(401, 'UNAUTHORIZED', 'The caller could not be authenticated.');
}
