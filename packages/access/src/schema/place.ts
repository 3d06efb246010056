import * as z from 'zod';
import { comparableName, comparables, id, locale, name, timeOfDay, timeZone } from './primitives.ts';
import { WORDS } from './schema-words.ts';
import { wholeRecord } from './whole-record.ts';

/** Long enough that a person who asks twice at one gate is asked once, too short for a second visit. */
const DEFAULT_REPEAT_SECONDS = 10;

export const siteSchema = z.strictObject({
  id,
  name: name.optional(),
  timeZone,
  locale: locale.default('ko').describe(WORDS.siteLocale),
  display: z.enum(['repeat', 'ticket']).default('repeat').describe(WORDS.siteDisplay),
  repeatSeconds: z.int().min(0).max(600).default(DEFAULT_REPEAT_SECONDS).describe(WORDS.siteRepeatSeconds),
  exemptGroups: z.array(id).default([]).describe(WORDS.siteExemptGroups),
  onError: z
    .union(
      [
        z.literal('deny'),
        z.strictObject({ lastKnown: z.strictObject({ maxAgeSeconds: z.int().min(1).max(86_400) }) }),
      ],
      { error: 'expected "deny" or { lastKnown: { maxAgeSeconds } }' },
    )
    .default('deny')
    .describe(WORDS.siteOnError),
});

export const groupSchema = z.strictObject({
  id,
  name: name.optional(),
  parents: z.array(id).default([]).describe(WORDS.groupParents),
});

export const zoneSchema = z.strictObject({
  id,
  name: name.optional(),
  site: id.optional().describe(WORDS.zoneSite),
  match: wholeRecord(z.record(comparableName, comparables)).describe(WORDS.zoneMatch),
  direction: z.enum(['in', 'out']).optional().describe(WORDS.zoneDirection),
  area: id.optional().describe(WORDS.zoneArea),
  display: z.enum(['repeat', 'ticket']).optional(),
});

export const areaSchema = z.strictObject({
  id,
  name: name.optional(),
  antiPassback: z
    .strictObject({
      mode: z.enum(['off', 'soft', 'hard']).describe(WORDS.antiPassbackMode),
      forgetAfterSeconds: z.int().min(1).optional().describe(WORDS.antiPassbackForgetAfterSeconds),
      exits: z.enum(['flag', 'enforce']).default('flag').describe(WORDS.antiPassbackExits),
    })
    .optional(),
  resetAt: timeOfDay.default('00:00').describe(WORDS.areaResetAt),
  maxOccupancy: z.int().min(1).max(1_000_000).optional(),
  firstPerson: z
    .strictObject({ groups: z.array(id).min(1) })
    .optional()
    .describe(WORDS.areaFirstPerson),
  twoPerson: z
    .strictObject({ withinSeconds: z.int().min(1).max(600) })
    .optional()
    .describe(WORDS.areaTwoPerson),
  bypassGroups: z.array(id).default([]).describe(WORDS.areaBypassGroups),
});
