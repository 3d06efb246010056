import * as z from 'zod';
import { REASONS } from '../reasons.ts';
import { isJsonValue, JSON_DEPTH_MAX } from './json-value.ts';
import { comparable, comparableName, id, instantOrDate, locale, memberKey } from './primitives.ts';
import { WORDS } from './schema-words.ts';
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
  .describe(WORDS.testMember);

const given = z
  .strictObject({
    mode: z.enum(['normal', 'lockdown', 'evacuate']).optional().describe(WORDS.givenMode),
    denied: z.boolean().optional().describe(WORDS.givenDenied),
    used: wholeRecord(z.record(id, z.int().min(0)))
      .optional()
      .describe(WORDS.givenUsed),
    pass: z.strictObject({ uses: z.int().min(0), maxUses: z.int().min(1).optional() }).optional(),
    inside: z.boolean().optional().describe(WORDS.givenInside),
    insideForSeconds: z.int().min(0).optional().describe(WORDS.givenInsideForSeconds),
    occupancy: z.int().min(0).optional(),
    firstPersonCame: z.boolean().optional(),
    companionAsked: z.boolean().optional(),
  })
  .describe(WORDS.given);

export const ruleTestSchema = z.strictObject({
  name: z.string().min(1).max(200),
  at: z
    .string()
    .regex(
      /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/,
      'expected a date and time such as "2026-12-31 09:00"',
    )
    // What is no moment is denied everywhere, and would pass for a denial that was meant.
    .refine(isMoment, 'expected a date and time that exist, such as "2026-12-31 09:00"')
    .describe(WORDS.ruleTestAt),
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
    rules: z.array(id).optional().describe(WORDS.ruleTestRules),
    shows: z.string().optional().describe(WORDS.ruleTestShows),
  }),
});

/** Whether the calendar has the date and the clock the time; a month's 30th that it does not have is another date. */
function isMoment(text: string): boolean {
  const [, date = '', time = '', offset = 'Z'] = /^(.{10})[T ]([\d:]+)(.*)$/.exec(text) ?? [];
  const seconds = time.length === 'HH:MM'.length ? ':00' : '';
  return z.iso.datetime({ offset: true }).safeParse(`${date}T${time}${seconds}${offset || 'Z'}`).success;
}
