import { completeRegistration } from '../partner/complete-registration.ts';
import { registerInApp } from '../partner/register-in-app.ts';
import { registerWithSdk } from '../partner/register-with-sdk.ts';
import { verifyAtGate } from '../partner/verify-at-gate.ts';
import { connectDevice } from '../world/devices.ts';
import { connectingInformation, uuid } from '../world/ids.ts';
import type { Merchant } from '../world/merchant.ts';
import type { Person } from '../world/records.ts';
import { decideAudit, enrol, settleAudits } from '../world/registrations.ts';
import { readSdkToken } from '../world/sdk-token.ts';
import { rotateVendorKey } from '../world/vendor-keys.ts';
import type { World } from '../world/world.ts';
import type { Command, CommandName } from './commands.ts';
import { ControlError } from './control-error.ts';
import { injectRegistrations, injectVerifications } from './inject-records.ts';
import { truthOf } from './truth.ts';

type Handlers = { readonly [N in CommandName]: (world: World, command: Command<N>) => unknown };

/** What each command does; what it returns is the answer's JSON. */
export const handlers = {
  'merchants/create': (world, { clientId, clientSecret }) => {
    world.createMerchant(clientId, clientSecret);
    return { clientId };
  },
  'merchants/configure': (world, { clientId, ...change }) => {
    const merchant = merchantOf(world, clientId);
    merchant.configure(change);
    return { settings: truthOf(merchant, world.nowMs()).settings };
  },
  'keys/rotate': async (world, { clientId, keepPrevious }) => ({
    publicKey: await rotateVendorKey(world, merchantOf(world, clientId), keepPrevious),
  }),
  'tokens/revoke': (world, { clientId }) => {
    const merchant = merchantOf(world, clientId);
    const tokens = world.tokens.values().filter((token) => token.clientId === merchant.clientId);
    for (const { token } of tokens) world.tokens.delete(token);
    return { revoked: tokens.length };
  },
  'clock/advance': (world, { ms }) => {
    world.parts.clock.advance(ms);
    return { nowMs: world.nowMs() };
  },
  'clock/freeze': (world, { atMs }) => {
    world.parts.clock.freeze(atMs);
    return { nowMs: world.nowMs() };
  },
  'persons/create': (world, { clientId, ...given }) => {
    const ci = given.ci ?? connectingInformation(world.parts.random);
    const person: Person = { ...given, ci, personId: uuid(world.parts.random) };
    return merchantOf(world, clientId).persons.set(person.personId, person);
  },
  'app/register': (world, { clientId, personId, by }) => {
    const merchant = merchantOf(world, clientId);
    return registerInApp(world, merchant, personOf(merchant, personId), by);
  },
  'app/complete': (world, { clientId, merchantUserKey, ...completion }) => {
    const merchant = merchantOf(world, clientId);
    return completeRegistration(
      world,
      merchant,
      registrationOf(world, merchant, merchantUserKey),
      completion,
    );
  },
  'sdk/register': (world, { clientId, token, personId }) => {
    const merchant = merchantOf(world, clientId);
    if (personId !== null) personOf(merchant, personId);
    return registerWithSdk(world, merchant, token, personId);
  },
  'sdk/check': async (world, { clientId, token }) => {
    const grant = await readSdkToken(world, merchantOf(world, clientId), token);
    return grant === undefined
      ? { outcome: 'token-refused' as const }
      : { outcome: 'valid' as const, ...grant };
  },
  'devices/connect': (world, { clientId, verifyCode, ...setup }) => {
    const device = connectDevice(world, merchantOf(world, clientId), verifyCode, setup);
    if (device !== undefined) return device;
    throw new ControlError(
      409,
      'CODE_REFUSED',
      'The code is unknown, used or expired: ask init-device for one.',
    );
  },
  'gate/verify': (world, { clientId, deviceId, ...attempt }) => {
    const merchant = merchantOf(world, clientId);
    const device = merchant.devices.get(deviceId);
    if (device === undefined) throw unknown('device', 'connect one with devices/connect');
    if (attempt.personId !== null) personOf(merchant, attempt.personId);
    return verifyAtGate(world, merchant, { ...attempt, device });
  },
  'registrations/enrol': (world, { clientId, merchantUserKey, personId, auditStatus }) => {
    const merchant = merchantOf(world, clientId);
    const { personId: _, ...identity } = personId === null ? anonymous : personOf(merchant, personId);
    const enrolment = { merchantUserKey, txId: null, personId, identity, origin: 'control' } as const;
    const waiting = enrol(world, merchant, enrolment);
    return auditStatus === 'WAITING' ? waiting : decideAudit(world, merchant, waiting, auditStatus);
  },
  'registrations/audit': (world, { clientId, merchantUserKey, auditStatus }) => {
    const merchant = merchantOf(world, clientId);
    return decideAudit(world, merchant, registrationOf(world, merchant, merchantUserKey), auditStatus);
  },
  'records/verifications': (world, command) => {
    const written = injectVerifications(world, merchantOf(world, command.clientId), command);
    return { ids: written.map(({ id }) => id) };
  },
  'records/registrations': (world, command) => {
    const written = injectRegistrations(world, merchantOf(world, command.clientId), command);
    return { ids: written.map(({ id }) => id) };
  },
  'records/remove': (world, { clientId, history, ids }) => {
    const { verifications, registrationEvents } = merchantOf(world, clientId);
    const timeline = history === 'verifications' ? verifications : registrationEvents;
    return { removed: ids.filter((id) => timeline.remove(id)) };
  },
  truth: (world, { clientId }) => {
    const merchant = merchantOf(world, clientId);
    settleAudits(world, merchant);
    return truthOf(merchant, world.nowMs());
  },
  requests: (world, { clientId }) => ({ requests: world.requests.notes(clientId) }),
  reset: (world, { clientId }) => {
    const merchants = clientId === undefined ? world.merchants : [merchantOf(world, clientId)];
    for (const { settings } of merchants) world.createMerchant(settings.clientId, settings.clientSecret);
    world.requests.clear(clientId);
    if (clientId === undefined) world.parts.clock.freeze(null);
    return { reset: merchants.map((merchant) => merchant.clientId) };
  },
} satisfies Handlers;

/** The identity of a face that no person stands behind. */
const anonymous = { personId: null, name: '', phoneNumber: null, birthDate: null, ci: null, email: null };

function merchantOf(world: World, clientId: string | undefined): Merchant {
  const [only, ...others] = world.merchants;
  if (clientId === undefined && others.length > 0) {
    throw new ControlError(400, 'MERCHANT_REQUIRED', 'There are several merchants: say which by clientId.');
  }
  const merchant = clientId === undefined ? only : world.merchant(clientId);
  if (merchant === undefined) throw unknown('merchant', 'create one with merchants/create');
  return merchant;
}

function personOf(merchant: Merchant, personId: string): Person {
  const person = merchant.persons.get(personId);
  if (person === undefined) throw unknown('person', 'create one with persons/create');
  return person;
}

function registrationOf(world: World, merchant: Merchant, merchantUserKey: string) {
  settleAudits(world, merchant);
  const registration = merchant.registrations.get(merchantUserKey);
  if (registration === undefined) throw unknown('registration', 'register with app/register or sdk/register');
  return registration;
}

function unknown(what: string, remedy: string): ControlError {
  return new ControlError(404, 'UNKNOWN', `No such ${what}: ${remedy}.`);
}
