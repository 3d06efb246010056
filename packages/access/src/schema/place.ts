import * as z from 'zod';
import { comparableName, comparables, id, locale, name, timeOfDay, timeZone } from './primitives.ts';
import { wholeRecord } from './whole-record.ts';

/** Long enough that a person who asks twice at one gate is asked once, too short for a second visit. */
const DEFAULT_REPEAT_SECONDS = 10;

export const siteSchema = z.strictObject({
  id,
  name: name.optional(),
  timeZone,
  locale: locale.default('ko').describe('Language at the devices for members who have none of their own.'),
  display: z
    .enum(['repeat', 'ticket'])
    .default('repeat')
    .describe("Mode of the site's devices: 19 or 38 characters."),
  repeatSeconds: z
    .int()
    .min(0)
    .max(600)
    .default(DEFAULT_REPEAT_SECONDS)
    .describe('A permit asked again for the same member and zone within this time is the same permit.'),
  exemptGroups: z.array(id).default([]).describe('Not stopped by a lockdown; the rules still apply to them.'),
  onError: z
    .union(
      [
        z.literal('deny'),
        z.strictObject({ lastKnown: z.strictObject({ maxAgeSeconds: z.int().min(1).max(86_400) }) }),
      ],
      { error: 'expected "deny" or { lastKnown: { maxAgeSeconds } }' },
    )
    .default('deny')
    .describe('What to answer when the answer cannot be worked out in time.'),
});

export const groupSchema = z.strictObject({
  id,
  name: name.optional(),
  parents: z.array(id).default([]).describe('Whoever is in this group is in these too.'),
});

export const zoneSchema = z.strictObject({
  id,
  name: name.optional(),
  site: id.optional().describe('May be left out where there is one site.'),
  match: wholeRecord(z.record(comparableName, comparables)).describe(
    'Parameters of the device: every one named must have one of its values. Empty matches every device.',
  ),
  direction: z
    .enum(['in', 'out'])
    .optional()
    .describe('Side of the door; in unless a broader zone says otherwise.'),
  area: id.optional().describe('The area this door leads into (in) or out of (out).'),
  display: z.enum(['repeat', 'ticket']).optional(),
});

export const areaSchema = z.strictObject({
  id,
  name: name.optional(),
  antiPassback: z
    .strictObject({
      mode: z.enum(['off', 'soft', 'hard']).describe('soft permits and flags, hard denies.'),
      forgetAfterSeconds: z
        .int()
        .min(1)
        .optional()
        .describe('An entry older than this no longer stops another.'),
      exits: z
        .enum(['flag', 'enforce'])
        .default('flag')
        .describe('Whether leaving without having entered is denied too, in hard mode.'),
    })
    .optional(),
  resetAt: timeOfDay
    .default('00:00')
    .describe('Every day at this time, in site time, the area counts as empty.'),
  maxOccupancy: z.int().min(1).max(1_000_000).optional(),
  firstPerson: z
    .strictObject({ groups: z.array(id).min(1) })
    .optional()
    .describe('After each reset nobody comes in before somebody of these groups has.'),
  twoPerson: z
    .strictObject({ withinSeconds: z.int().min(1).max(600) })
    .optional()
    .describe('Entered by two: somebody else has to have asked within this time, unless two are inside.'),
  bypassGroups: z
    .array(id)
    .default([])
    .describe('Not stopped by anti-passback, first person and two persons; the occupancy limit stays.'),
});
