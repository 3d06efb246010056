import type { Merchant } from '../world/merchant.ts';
import type { World } from '../world/world.ts';
import { issueAccessToken } from './access-token.ts';
import type { Reply } from './reply.ts';

/** Why no token is given (RFC 6749 §5.2). */
type OAuthError = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type';

export interface TokenAnswer {
  readonly merchant: Merchant | undefined;
  readonly reply: Reply;
}

/**
 * The client-credentials grant (RFC 6749 §4.4): form-encoded, the client authenticated by `client_id` and
 * `client_secret` in the body or by HTTP Basic, as §2.3.1 allows; not by both.
 */
export function answerTokenRequest(world: World, request: Request, body: string): TokenAnswer {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) {
    return refuse('invalid_request', 'expected application/x-www-form-urlencoded');
  }
  const form = new URLSearchParams(body);
  const repeated = [...form.keys()].some((name) => form.getAll(name).length > 1);
  const grantType = form.get('grant_type');
  if (repeated || grantType === null) {
    return refuse('invalid_request', 'expected grant_type, and every parameter once');
  }
  const basic = readBasic(request.headers.get('authorization'));
  const inBody = form.get('client_secret') === null ? undefined : form;
  if (basic !== undefined && inBody !== undefined) {
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
  const scope = form.get('scope');
  const token = issueAccessToken(world, merchant, scope);
  const expiresIn = Math.floor((token.expiresAtMs - world.nowMs()) / 1000);
  const answer = { access_token: token.token, token_type: 'Bearer', expires_in: expiresIn };
  const reply = { status: 200, headers: noStore, body: { ...answer, ...(scope !== null && { scope }) } };
  return { merchant, reply };
}

/** RFC 6749 §5.1 asks for both. */
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

function refuse(error: OAuthError, description: string, byBasic = false): TokenAnswer {
  const challenge = byBasic ? { 'www-authenticate': 'Basic realm="facepass"' } : {};
  const status = error === 'invalid_client' ? 401 : 400;
  const body = { error, error_description: description };
  return { merchant: undefined, reply: { status, headers: { ...noStore, ...challenge }, body } };
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
