import type { Merchant } from '../world/merchant.ts';
import type { World } from '../world/world.ts';
import { issueAccessToken } from './access-token.ts';
import type { Reply } from './reply.ts';

/** Why no token is given (RFC 6749 §5.2). */
type OAuthError = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type';

/** A token request as it was understood. */
export interface TokenRequest {
  /** Whose client id and secret it carries. */
  readonly merchant: Merchant | undefined;
  readonly scope: string | null;
  readonly refusal: Reply | undefined;
}

/**
 * Reads the client-credentials grant (RFC 6749 §4.4): form-encoded, the client authenticated by `client_id` and
 * `client_secret` in the body or by HTTP Basic, as §2.3.1 allows; not by both.
 */
export async function readTokenRequest(world: World, request: Request): Promise<TokenRequest> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) {
    return refuse('invalid_request', 'expected application/x-www-form-urlencoded');
  }
  // Not text(): workerd warns about it for a form's content type.
  const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
  const repeated = [...form.keys()].some((name) => form.getAll(name).length > 1);
  const grantType = form.get('grant_type');
  if (repeated || grantType === null) {
    return refuse('invalid_request', 'expected grant_type, and every parameter once');
  }
  const basic = readBasic(request.headers.get('authorization'));
  if (basic !== undefined && form.has('client_secret')) {
    return refuse('invalid_request', 'expected one way of client authentication');
  }
  const clientId = basic?.clientId ?? form.get('client_id');
  const clientSecret = basic?.clientSecret ?? form.get('client_secret');
  const merchant = clientId === null ? undefined : world.merchant(clientId);
  if (merchant === undefined || merchant.settings.clientSecret !== clientSecret) {
    return refuse('invalid_client', 'unknown client or wrong secret', basic !== undefined);
  }
  if (grantType !== 'client_credentials') {
    return { ...refuse('unsupported_grant_type', 'expected client_credentials'), merchant };
  }
  return { merchant, scope: form.get('scope'), refusal: undefined };
}

export function answerTokenRequest(world: World, { merchant, scope, refusal }: TokenRequest): Reply {
  if (merchant === undefined || refusal !== undefined) {
    return refusal ?? refusalReply('invalid_client', 'unknown client', false);
  }
  const token = issueAccessToken(world, merchant, scope);
  const expiresIn = Math.floor((token.expiresAtMs - world.nowMs()) / 1000);
  const answer = { access_token: token.token, token_type: 'Bearer', expires_in: expiresIn };
  return { status: 200, headers: noStore, body: { ...answer, ...(scope !== null && { scope }) } };
}

/** RFC 6749 §5.1 asks for both. */
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

function refuse(error: OAuthError, description: string, byBasic = false): TokenRequest {
  return { merchant: undefined, scope: null, refusal: refusalReply(error, description, byBasic) };
}

function refusalReply(error: OAuthError, description: string, byBasic: boolean): Reply {
  const challenge = byBasic ? { 'www-authenticate': 'Basic realm="facepass"' } : {};
  const status = error === 'invalid_client' ? 401 : 400;
  const body = { error, error_description: description };
  return { status, headers: { ...noStore, ...challenge }, body };
}

function readBasic(authorization: string | null): { clientId: string; clientSecret: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  try {
    const [clientId = '', ...secret] = atob(encoded).split(':').map(decodeURIComponent);
    return { clientId, clientSecret: secret.join(':') };
  } catch {
    return { clientId: '', clientSecret: '' };
  }
}
