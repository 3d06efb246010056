import * as z from 'zod';
import { settingsChangeSchema } from '../world/merchant-settings.ts';
import { auditStatuses, resultCodes } from '../world/records.ts';

/** Which merchant a command is about; may be left out while there is only one. */
const ofMerchant = { clientId: z.string().min(1).optional() };

const params = z.record(z.string(), z.unknown());
const auditStatus = z.enum(auditStatuses);
const epochMs = z.int();

const person = z.strictObject({
  name: z.string().min(1),
  phoneNumber: z.string().regex(/^\d{10,11}$/),
  birthDate: z.string().regex(/^\d{8}$/),
  /** Made up where left out. */
  ci: z.string().min(1).optional(),
  email: z.string().min(1).nullable().default(null),
});

/** A history row put in by hand; ids are given out in this order, whatever the times. */
const injectedVerification = z.strictObject({
  atMs: epochMs,
  merchantUserKey: z.string().min(1).nullable().default(null),
  /** Any text: tomorrow's vendor may have other values than today's. */
  status: z.string().min(1).default('SUCCESS'),
  resultCode: z.string().min(1).nullable().default(null),
  customCode: z.string().nullable().default(null),
  deviceId: z.string().min(1).default('IPAD000'),
  params: params.default({}),
  /** Null for a QR attempt; made up where left out. */
  transactionId: z.string().min(1).nullable().optional(),
});

const injectedRegistration = z.strictObject({
  atMs: epochMs,
  merchantUserKey: z.string().min(1),
  auditStatus: z.string().min(1).default('SUCCESS'),
  name: z.string().nullable().default(null),
  phoneNumber: z.string().nullable().default(null),
  email: z.string().nullable().default(null),
});

/** Rows made up from a seed, evenly spread over a time. */
const generated = z.strictObject({
  count: z.int().min(1).max(1_000_000),
  fromMs: epochMs,
  toMs: epochMs,
  seed: z.int().default(1),
});

/** Every command of the control API: its name is its path under `/_sim`, its schema its JSON body. */
export const commands = {
  'merchants/create': z.strictObject({ clientId: z.string().min(1), clientSecret: z.string().min(1) }),
  'merchants/configure': settingsChangeSchema.extend(ofMerchant),
  'keys/rotate': z.strictObject({ ...ofMerchant, keepPrevious: z.boolean().default(false) }),
  'tokens/revoke': z.strictObject(ofMerchant),
  'clock/advance': z.strictObject({ ms: z.number().min(0) }),
  'clock/freeze': z.strictObject({ atMs: epochMs.nullable() }),
  'persons/create': person.extend(ofMerchant),
  'app/register': z.strictObject({
    ...ofMerchant,
    personId: z.string().min(1),
    by: z.enum(['ci', 'identity', 'phone', 'everything']).default('ci'),
  }),
  'app/complete': z.strictObject({
    ...ofMerchant,
    merchantUserKey: z.string().min(1),
    auditStatus: auditStatus.nullable().default('SUCCESS'),
    registered: z.boolean().nullable().default(null),
    times: z.int().min(1).max(100).default(1),
  }),
  'sdk/register': z.strictObject({
    ...ofMerchant,
    token: z.string().min(1),
    personId: z.string().min(1).nullable().default(null),
  }),
  'sdk/check': z.strictObject({ ...ofMerchant, token: z.string().min(1) }),
  'devices/connect': z.strictObject({
    ...ofMerchant,
    verifyCode: z.string().min(1),
    deviceName: z.string().min(1).nullable().default(null),
    display: z.enum(['repeat', 'ticket']).default('repeat'),
    params: params.default({}),
  }),
  'gate/verify': z.strictObject({
    ...ofMerchant,
    deviceId: z.string().min(1),
    personId: z.string().min(1).nullable().default(null),
    merchantUserKey: z.string().min(1).nullable().default(null),
    face: z.enum(['real', 'photo', 'unknown', 'undetectable', 'several']).default('real'),
    method: z.enum(['face', 'qr']).default('face'),
    params: params.default({}),
  }),
  'registrations/enrol': z.strictObject({
    ...ofMerchant,
    merchantUserKey: z.string().min(1),
    personId: z.string().min(1).nullable().default(null),
    auditStatus: auditStatus.default('SUCCESS'),
  }),
  'registrations/audit': z.strictObject({ ...ofMerchant, merchantUserKey: z.string().min(1), auditStatus }),
  'records/verifications': z.strictObject({
    ...ofMerchant,
    items: z.array(injectedVerification).optional(),
    generate: generated.extend({ resultCodes: z.array(z.enum(resultCodes)).default([]) }).optional(),
  }),
  'records/registrations': z.strictObject({
    ...ofMerchant,
    items: z.array(injectedRegistration).optional(),
    generate: generated.optional(),
  }),
  'records/remove': z.strictObject({
    ...ofMerchant,
    history: z.enum(['verifications', 'registrations']),
    ids: z.array(z.string().min(1)),
  }),
  truth: z.strictObject(ofMerchant),
  requests: z.strictObject(ofMerchant),
  reset: z.strictObject(ofMerchant),
} as const;

export type CommandName = keyof typeof commands;
export type CommandInput<N extends CommandName> = z.input<(typeof commands)[N]>;
export type Command<N extends CommandName> = z.output<(typeof commands)[N]>;
