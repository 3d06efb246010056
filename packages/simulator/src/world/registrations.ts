import { uuid } from './ids.ts';
import type { Merchant } from './merchant.ts';
import { eventTimeOf, recordIdOf } from './record-form.ts';
import type { AuditStatus, Identity, Open, Registration, RegistrationEvent } from './records.ts';
import type { World } from './world.ts';

export interface Enrolment {
  readonly merchantUserKey: string;
  readonly txId: string | null;
  readonly personId: string | null;
  readonly identity: Identity;
  readonly origin: Registration['origin'];
}

/** Enrols a face: its audit waits. Whoever calls has made sure that the key is free or this person's own. */
export function enrol(world: World, merchant: Merchant, enrolment: Enrolment): Registration {
  const { auditSeconds } = merchant.personality;
  const atMs = eventTimeOf(merchant.personality, world.nowMs());
  const { identity, merchantUserKey } = enrolment;
  const event = addEvent(world, merchant, { merchantUserKey, identity, auditStatus: 'WAITING', atMs });
  const registration = merchant.registrations.set(merchantUserKey, {
    ...enrolment,
    txId: enrolment.txId ?? uuid(world.parts.random),
    registeredAtMs: atMs,
    auditStatus: 'WAITING',
    auditDueAtMs: auditSeconds === null ? null : atMs + auditSeconds * 1000,
    eventId: event.id,
  });
  settleAudits(world, merchant);
  return registration;
}

/** Gives an audit its result, in history as the personality has it: a new record, or the old one changed. */
export function decideAudit(
  world: World,
  merchant: Merchant,
  registration: Registration,
  auditStatus: Open<AuditStatus>,
  atMs = eventTimeOf(merchant.personality, world.nowMs()),
): Registration {
  const { auditChange } = merchant.personality;
  const waiting = merchant.registrationEvents.get(registration.eventId);
  const { merchantUserKey, identity } = registration;
  const event =
    auditChange === 'append' || waiting === undefined
      ? addEvent(world, merchant, { merchantUserKey, identity, auditStatus, atMs })
      : merchant.registrationEvents.put({
          ...waiting,
          auditStatus,
          atMs: auditChange === 'update-and-move' ? atMs : waiting.atMs,
        });
  return merchant.registrations.set(merchantUserKey, {
    ...registration,
    auditStatus,
    auditDueAtMs: null,
    eventId: event.id,
  });
}

/** Settles every audit whose time has come. There is no timer: whoever looks, settles first. */
export function settleAudits(world: World, merchant: Merchant): void {
  const nowMs = world.nowMs();
  const due = merchant.dueAudits(nowMs);
  for (const registration of due) {
    decideAudit(world, merchant, registration, merchant.personality.auditResult, registration.auditDueAtMs);
  }
}

/** Whether a registration counts as a face that FacePass has. */
export function isRegistered(registration: Registration | undefined): registration is Registration {
  return (
    registration !== undefined &&
    registration.auditStatus !== 'FAILURE' &&
    registration.auditStatus !== 'CANCELED'
  );
}

/** The registration by which a person's face is recognised at a device, if any. */
export function recognise(merchant: Merchant, personId: string): Registration | undefined {
  const { recogniseWaiting } = merchant.personality;
  return merchant.registrations.find(
    (registration) =>
      registration.personId === personId &&
      (registration.auditStatus === 'SUCCESS' ||
        (recogniseWaiting && registration.auditStatus === 'WAITING')),
  );
}

interface NewEvent {
  readonly merchantUserKey: string;
  readonly identity: Pick<Identity, 'phoneNumber' | 'email'> & { readonly name: string | null };
  readonly auditStatus: Open<AuditStatus>;
  readonly atMs: number;
}

/** Writes a row of registration history. */
export function addEvent(world: World, merchant: Merchant, event: NewEvent): RegistrationEvent {
  const { merchantUserKey, identity, auditStatus, atMs } = event;
  const sequence = merchant.next('registration-event');
  const { name, phoneNumber, email } = identity;
  return merchant.registrationEvents.put({
    id: recordIdOf(merchant.personality, sequence, atMs, world.parts.random),
    sequence,
    atMs,
    merchantUserKey,
    auditStatus,
    name,
    phoneNumber,
    email,
  });
}
