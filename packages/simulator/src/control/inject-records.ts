import { uuid } from '../world/ids.ts';
import type { Merchant } from '../world/merchant.ts';
import { integerBetween, seededRandom } from '../world/random.ts';
import { eventTimeOf } from '../world/record-form.ts';
import type { RegistrationEvent, Verification } from '../world/records.ts';
import { addEvent } from '../world/registrations.ts';
import { addVerification } from '../world/verifications.ts';
import type { World } from '../world/world.ts';
import type { Command } from './commands.ts';

type Injection = Command<'records/verifications'>;
type InjectedVerification = NonNullable<Injection['items']>[number];
type InjectedRegistration = NonNullable<Command<'records/registrations'>['items']>[number];

/** Writes verifications that no gate made, such as late ones. */
export function injectVerifications(world: World, merchant: Merchant, injection: Injection): Verification[] {
  const { items = [], generate } = injection;
  const made = generate === undefined ? [] : generateVerifications(generate);
  return [...items, ...made].map((item) => addVerification(world, merchant, item));
}

/** Writes registration history that no app made. */
export function injectRegistrations(
  world: World,
  merchant: Merchant,
  { items = [], generate }: Command<'records/registrations'>,
): RegistrationEvent[] {
  const made = generate === undefined ? [] : generateRegistrations(generate);
  return [...items, ...made].map(({ atMs, merchantUserKey, auditStatus, ...identity }) =>
    addEvent(world, merchant, {
      merchantUserKey,
      auditStatus,
      identity,
      atMs: eventTimeOf(merchant.personality, atMs),
    }),
  );
}

/** How many different members the made-up rows speak of. */
const generatedMembers = 500;

function generateVerifications(generate: NonNullable<Injection['generate']>): InjectedVerification[] {
  const random = seededRandom(generate.seed);
  return spread(generate).map((atMs) => {
    const merchantUserKey = memberKey(integerBetween(random, 1, generatedMembers));
    const resultCode =
      generate.resultCodes[integerBetween(random, 0, generate.resultCodes.length * 4)] ?? null;
    return {
      atMs,
      merchantUserKey: resultCode === 'FACE_NOT_FOUND' ? null : merchantUserKey,
      status: resultCode === null ? 'SUCCESS' : 'FAIL',
      resultCode,
      customCode: null,
      deviceId: `IPAD${String(integerBetween(random, 1, 20)).padStart(3, '0')}`,
      params: { floor: String(integerBetween(random, 1, 30)) },
      transactionId: random() < 0.05 ? null : uuid(random),
    };
  });
}

function generateRegistrations(
  generate: NonNullable<Command<'records/registrations'>['generate']>,
): InjectedRegistration[] {
  return spread(generate).map((atMs, index) => ({
    atMs,
    merchantUserKey: memberKey(index + 1),
    auditStatus: 'SUCCESS',
    name: null,
    phoneNumber: null,
    email: null,
  }));
}

function spread({ count, fromMs, toMs }: { count: number; fromMs: number; toMs: number }): number[] {
  const step = (toMs - fromMs) / count;
  return Array.from({ length: count }, (_, index) => Math.floor(fromMs + index * step));
}

function memberKey(number: number): string {
  return String(number).padStart(6, '0');
}
