import { uuid } from './ids.ts';
import type { Merchant } from './merchant.ts';
import { eventTimeOf, recordIdOf } from './record-form.ts';
import type { Verification } from './records.ts';
import type { World } from './world.ts';

export interface NewVerification extends Omit<Verification, 'id' | 'sequence' | 'transactionId'> {
  /** Null for a QR attempt; made up where undefined. */
  readonly transactionId?: string | null | undefined;
}

/** Writes a row of verification history, at its time as the personality keeps times. */
export function addVerification(world: World, merchant: Merchant, what: NewVerification): Verification {
  const { personality } = merchant;
  const sequence = merchant.next('verification');
  const atMs = eventTimeOf(personality, what.atMs);
  const id = recordIdOf(personality, sequence, atMs, world.parts.random);
  const transactionId = what.transactionId === undefined ? uuid(world.parts.random) : what.transactionId;
  return merchant.verifications.put({ ...what, id, sequence, atMs, transactionId });
}
