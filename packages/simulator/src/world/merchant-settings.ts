import { defaultScheme, type EnvelopeScheme, isEnvelopeScheme, parseScheme } from '@facepass-kit/crypto';
import * as z from 'zod';
import { type FaultPlan, faultPlanSchema, noFaults } from '../faults/fault.ts';
import { type Personality, personalitySchema, plainPersonality } from './personality.ts';

const path = z.string().regex(/^\/[^\s?#]*$/, 'expected a path that starts with /');

/** How FacePass reaches one partner. */
const partnerSchema = z.strictObject({
  /** Null: the partner has not given a host yet; every question to it counts as unanswered. */
  baseUrl: z.url({ protocol: /^https?$/ }).nullable(),
  paths: z.strictObject({ validate: path, permissions: path, registered: path }),
  /** Sent as `Authorization: Bearer …` with every call. */
  bearerToken: z.string().min(1).nullable(),
  /** Sent with every call, over the simulator's own. */
  headers: z.record(z.string(), z.string()),
  /** The partner's RSA public key, Base64 SPKI; needed to encrypt what the member validation is asked with. */
  publicKey: z.string().min(1).nullable(),
  /** After this long a question counts as unanswered. */
  timeoutMs: z.int().min(1).max(60_000),
});
type PartnerSettings = z.infer<typeof partnerSchema>;

/** As an object, in the compact form (`A256GCM/12/none/OAEP-SHA1/raw`) or by a preset's name. */
const schemeSchema = z.union([
  z.custom<EnvelopeScheme>(isEnvelopeScheme),
  z.string().transform((text, context) => {
    try {
      return parseScheme(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'not an envelope scheme' });
      return z.NEVER;
    }
  }),
]);

/** Texts that FacePass shows where the partner's answer carries only a code. */
const codeTextsSchema = z.record(z.string(), z.string());

export interface MerchantSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly partner: PartnerSettings;
  /** The one scheme in force, for what is sent and for what is opened. */
  readonly scheme: EnvelopeScheme;
  readonly personality: Personality;
  readonly faults: FaultPlan;
  readonly codeTexts: Readonly<Record<string, string>>;
}

/** What can be changed while the simulator runs; `partner` and `personality` are laid over those in force. */
export const settingsChangeSchema = z.strictObject({
  partner: partnerSchema
    .partial()
    .extend({ paths: partnerSchema.shape.paths.partial().optional() })
    .optional(),
  scheme: schemeSchema.optional(),
  personality: personalitySchema.partial().optional(),
  /** Replaces the plan in force and begins it anew. */
  faults: faultPlanSchema.optional(),
  codeTexts: codeTextsSchema.optional(),
});
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

export function initialSettings(clientId: string, clientSecret: string): MerchantSettings {
  return {
    clientId,
    clientSecret,
    partner: {
      baseUrl: null,
      paths: {
        validate: '/v1/user/validate',
        permissions: '/v1/access/permissions',
        registered: '/v1/callback/registered',
      },
      bearerToken: null,
      headers: {},
      publicKey: null,
      // The guide names no limit. A person stands at the door, so a few seconds at most are believable.
      timeoutMs: 3000,
    },
    scheme: defaultScheme,
    personality: plainPersonality,
    faults: noFaults,
    codeTexts: {},
  };
}

/** Settings as they were remembered, with what has been added to them since at its default. */
export function recallSettings(remembered: MerchantSettings): MerchantSettings {
  const initial = initialSettings(remembered.clientId, remembered.clientSecret);
  return {
    ...initial,
    ...remembered,
    partner: { ...initial.partner, ...remembered.partner },
    personality: { ...initial.personality, ...remembered.personality },
  };
}

/** @throws ZodError where the whole would not be valid */
export function changeSettings(settings: MerchantSettings, change: SettingsChange): MerchantSettings {
  const { partner, scheme, personality, faults, codeTexts } = change;
  return {
    ...settings,
    partner: partnerSchema.parse({
      ...settings.partner,
      ...partner,
      paths: { ...settings.partner.paths, ...partner?.paths },
    }),
    scheme: scheme ?? settings.scheme,
    personality: personalitySchema.parse({ ...settings.personality, ...personality }),
    faults: faults ?? settings.faults,
    codeTexts: codeTexts ?? settings.codeTexts,
  };
}
