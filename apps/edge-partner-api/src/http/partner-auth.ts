import { NotConfiguredError, type Settings } from '../env.ts';
import { isWithin, parseBlock } from './client-address.ts';
import type { AppContext } from './context.ts';
import { createJwtCheck } from './jwt-check.ts';
import { Refusal } from './refusal.ts';
import { bearerToken, createTokenCheck } from './token-check.ts';

/** Whether a request comes from FacePass. */
export interface PartnerAuth {
  readonly check: Check;
}

/**
 * FacePass does not say how it authenticates itself, so every usual way can be configured, and all that are
 * configured must hold. With none of them nobody is let in.
 */
export function createPartnerAuth(settings: Settings): PartnerAuth {
  const checks = [tokens(settings), addresses(settings), certificates(settings), jwt(settings)].filter(
    (check) => check !== null,
  );
  const [only, ...others] = checks;
  if (only === undefined) {
    return {
      check() {
        throw new NotConfiguredError('PARTNER_TOKENS', OTHER_WAYS);
      },
    };
  }
  return { check: others.length === 0 ? only : (c) => allHold(checks, c) };
}

async function allHold(checks: readonly Check[], c: AppContext): Promise<boolean> {
  // All of them run to the end: which one failed is nobody's business.
  const results = await Promise.allSettled(checks.map(async (check) => await check(c)));
  // Whoever is refused by one way is not told that another could not be asked.
  if (results.some((result) => result.status === 'fulfilled' && !result.value)) return false;
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return true;
}

const OTHER_WAYS = ['PARTNER_ADDRESSES', 'PARTNER_CERTIFICATES', 'PARTNER_JWT'];

/** At once where nothing has to be waited for: this is on the way of every question. */
type Check = (c: AppContext) => boolean | Promise<boolean>;

function tokens({ PARTNER_TOKENS }: Settings): Check | null {
  if (PARTNER_TOKENS === undefined) return null;
  const check = createTokenCheck(PARTNER_TOKENS);
  return (c) => {
    const token = bearerToken(c.req.header('authorization'));
    const position = check(token ?? '');
    const isRight = (at: number): boolean => token !== null && at >= 0;
    return typeof position === 'number' ? isRight(position) : position.then(isRight);
  };
}

function addresses({ PARTNER_ADDRESSES, TRUSTED_PROXY_HEADER }: Settings): Check | null {
  if (PARTNER_ADDRESSES === undefined) return null;
  const blocks = PARTNER_ADDRESSES.map(parseBlock);
  return (c) => isWithin(sourceAddress(c, TRUSTED_PROXY_HEADER), blocks);
}

/**
 * Where a request comes from; empty where that cannot be known. Cloudflare sets `cf-connecting-ip` over whatever
 * a client sent, and `request.cf`, which no client can. Without it we run elsewhere, and believe only the header
 * that the deployment names, of which the proxy in front of us wrote the last entry.
 */
function sourceAddress(c: AppContext, proxyHeader: string | undefined): string {
  if (cfOf(c.req.raw) !== null) return c.req.header('cf-connecting-ip') ?? '';
  const forwarded = proxyHeader === undefined ? '' : (c.req.header(proxyHeader) ?? '');
  return forwarded.split(',').at(-1)?.trim() ?? '';
}

function cfOf(request: Request): object | null {
  const cf: unknown = Reflect.get(request, 'cf');
  return typeof cf === 'object' ? cf : null;
}

function certificates({ PARTNER_CERTIFICATES }: Settings): Check | null {
  if (PARTNER_CERTIFICATES === undefined) return null;
  const pinned = new Set(PARTNER_CERTIFICATES);
  return (c) => {
    const client = tlsClientAuth(c.req.raw);
    return (
      client?.certVerified === 'SUCCESS' &&
      client.certRevoked !== '1' &&
      pinned.has(client.certFingerprintSHA256.toLowerCase())
    );
  };
}

function tlsClientAuth(request: Request) {
  const cf = cfOf(request);
  if (cf === null || !('tlsClientAuth' in cf)) return undefined;
  // Shape fixed by the platform (IncomingRequestCfProperties).
  return cf.tlsClientAuth as
    | Pick<IncomingRequestCfPropertiesTLSClientAuth, 'certVerified' | 'certRevoked' | 'certFingerprintSHA256'>
    | null
    | undefined;
}

function jwt({ PARTNER_JWT }: Settings): Check | null {
  if (PARTNER_JWT === undefined) return null;
  const check = createJwtCheck(PARTNER_JWT);
  const { header } = PARTNER_JWT;
  return async (c) => {
    const value = c.req.header(header);
    const token = bearerToken(value) ?? (header === 'authorization' ? undefined : value);
    return token !== undefined && (await check(token, c)) !== null;
  };
}

/** Lets FacePass in, and nobody else. @throws Refusal */
export async function authenticatePartner(c: AppContext): Promise<void> {
  const verdict = c.get('services').partnerAuth.check(c);
  if (verdict !== true && !(await verdict)) throw unauthorized(c);
}

export function unauthorized(c: AppContext): Refusal {
  c.header('www-authenticate', 'Bearer');
  return new Refusal(401, 'UNAUTHORIZED', 'The caller could not be authenticated.');
}
