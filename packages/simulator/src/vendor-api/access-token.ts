import { opaqueToken } from '../world/ids.ts';
import type { Merchant } from '../world/merchant.ts';
import type { AccessToken } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Gives a merchant an access token, new or known, as the personality reissues them. */
export function issueAccessToken(world: World, merchant: Merchant, scope: string | null): AccessToken {
  const nowMs = world.nowMs();
  merchant.tokensIssued += 1;
  const { tokenReissue, tokenLifetimeSeconds } = merchant.personality;
  for (const token of world.tokens.values()) {
    if (token.clientId !== merchant.clientId) continue;
    if (token.expiresAtMs <= nowMs || tokenReissue === 'fresh-revokes') world.tokens.delete(token.token);
    else if (tokenReissue === 'same' && token.scope === scope) return token;
  }
  const token = opaqueToken(world.parts.random);
  return world.tokens.set(token, {
    token,
    clientId: merchant.clientId,
    scope,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + tokenLifetimeSeconds * 1000,
  });
}

/** The merchant and the token of an `Authorization` header (RFC 6750); undefined where it is not valid now. */
export function authenticate(
  world: World,
  authorization: string | null,
): { readonly merchant: Merchant; readonly token: AccessToken } | undefined {
  const [, credential] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '') ?? [];
  const token = credential === undefined ? undefined : world.tokens.get(credential);
  if (token === undefined || token.expiresAtMs <= world.nowMs()) return undefined;
  const merchant = world.merchant(token.clientId);
  return merchant && { merchant, token };
}
