import type { Merchant } from '../world/merchant.ts';
import type { Registration } from '../world/records.ts';
import { enrol, isRegistered } from '../world/registrations.ts';
import { readSdkToken } from '../world/sdk-token.ts';
import type { World } from '../world/world.ts';

export type SdkRegisterResult =
  | { readonly outcome: 'registered'; readonly registration: Registration }
  | { readonly outcome: 'token-refused' | 'duplicated-user-key'; readonly registration: null };

/**
 * The partner's own app registers a face with the registration SDK and the token of face-register-prepare.
 * Each token registers once.
 */
export async function registerWithSdk(
  world: World,
  merchant: Merchant,
  token: string,
  personId: string | null,
): Promise<SdkRegisterResult> {
  const grant = await readSdkToken(world, merchant, token);
  const preparation = grant?.purpose === 'register' ? merchant.preparations.get(grant.txId) : undefined;
  if (preparation === undefined) return { outcome: 'token-refused', registration: null };
  const { txId, merchantUserKey, identity } = preparation;
  if (isRegistered(merchant.registrations.get(merchantUserKey))) {
    return { outcome: 'duplicated-user-key', registration: null };
  }
  merchant.preparations.delete(txId);
  const enrolment = { merchantUserKey, txId, personId, identity, origin: 'sdk' } as const;
  return { outcome: 'registered', registration: enrol(world, merchant, enrolment) };
}
