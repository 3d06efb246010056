import * as z from 'zod';
import { REASONS } from '../reasons.ts';
import { isJsonValue, JSON_DEPTH_MAX } from './json-value.ts';
import { comparable, comparableName, id, instantOrDate, locale, memberKey } from './primitives.ts';
import { wholeRecord } from './whole-record.ts';

const testMember = z
  .strictObject({
    key: memberKey.default('somebody'),
    status: z.enum(['active', 'suspended']).default('active'),
    groups: z.array(id).default([]),
    validFrom: instantOrDate.optional(),
    validUntil: instantOrDate.optional(),
    tags: wholeRecord(z.record(comparableName, comparable)).prefault({}),
    locale: locale.optional(),
  })
  .meta({ description: 'Who asks. Leave `member` out for somebody the directory does not know.' });

const given = z
  .strictObject({
    mode: z.enum(['normal', 'lockdown', 'evacuate']).optional().describe('Mode of the site asked about.'),
    denied: z.boolean().optional().describe('A deny entry names the member.'),
    used: wholeRecord(z.record(id, z.int().min(0)))
      .optional()
      .describe('Entries already counted against the quota of a rule.'),
    pass: z.strictObject({ uses: z.int().min(0), maxUses: z.int().min(1).optional() }).optional(),
    inside: z.boolean().optional().describe("The member is inside the zone's area, since this moment."),
    insideForSeconds: z
      .int()
      .min(0)
      .optional()
      .describe("The member has been inside the zone's area so long."),
    occupancy: z.int().min(0).optional(),
    firstPersonCame: z.boolean().optional(),
    companionAsked: z.boolean().optional(),
  })
  .meta({ description: 'The state of the moment; an ordinary, empty one unless given.' });

export const ruleTestSchema = z.strictObject({
  name: z.string().min(1).max(200),
  at: z
    .string()
    .regex(
      /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/,
      'expected a date and time such as "2026-12-31 09:00"',
    )
    .describe("Read in the site's time zone unless it has an offset."),
  member: testMember.optional(),
  params: wholeRecord(z.record(z.string(), z.unknown())).refine(
    (params) => isJsonValue(params),
    `expected values of JSON, nested at most ${JSON_DEPTH_MAX} deep`,
  ),
  site: id.optional(),
  given: given.optional(),
  expect: z.strictObject({
    effect: z.enum(['permit', 'deny']),
    reason: z.enum(REASONS).optional(),
    rules: z.array(id).optional().describe('Ids of the rules that decided, in any order.'),
    shows: z.string().optional().describe('The text at the device.'),
  }),
});
