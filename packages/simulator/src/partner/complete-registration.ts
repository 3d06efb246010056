import type { Merchant } from '../world/merchant.ts';
import type { AuditStatus, Registration } from '../world/records.ts';
import { decideAudit, isRegistered } from '../world/registrations.ts';
import type { World } from '../world/world.ts';
import { callPartner, type PartnerAnswer } from './call-partner.ts';

export interface Completion {
  /** Settles a waiting audit first; null leaves it as it is. */
  readonly auditStatus: AuditStatus | null;
  /** What the callback says; null: whether the face is registered now. */
  readonly registered: boolean | null;
  /** How often the same callback is delivered, one after the other. */
  readonly times: number;
}

export interface CompletionResult {
  readonly registration: Registration;
  readonly registered: boolean;
  /** One per delivery. */
  readonly partner: readonly PartnerAnswer[];
}

/** FacePass has audited a face and tells the partner (B3), maybe more than once. */
export async function completeRegistration(
  world: World,
  merchant: Merchant,
  registration: Registration,
  completion: Completion,
): Promise<CompletionResult> {
  const settled =
    completion.auditStatus !== null && registration.auditStatus === 'WAITING'
      ? decideAudit(world, merchant, registration, completion.auditStatus)
      : registration;
  const registered = completion.registered ?? (isRegistered(settled) && settled.auditStatus === 'SUCCESS');
  const { merchantUserKey, txId } = settled;
  const partner: PartnerAnswer[] = [];
  for (let delivery = 0; delivery < completion.times; delivery += 1) {
    partner.push(await callPartner(world, merchant, 'registered', { merchantUserKey, txId, registered }));
  }
  return { registration: settled, registered, partner };
}
