import * as z from 'zod';
import { messagesSchema } from './messages.ts';
import { areaSchema, groupSchema, siteSchema, zoneSchema } from './place.ts';
import { ruleSchema } from './rule.ts';
import { ruleTestSchema } from './rule-test.ts';
import { calendarSchema, scheduleSchema } from './schedule.ts';

/**
 * The rules document: everything that is published together, like code. Members, site modes, deny entries and
 * passes are state and live elsewhere. Version, hash, author and time of a publication wrap this document.
 */
export const releaseSchema = z.strictObject({
  sites: z.array(siteSchema).min(1),
  groups: z.array(groupSchema).default([]),
  zones: z.array(zoneSchema).default([]),
  schedules: z.array(scheduleSchema).default([]),
  calendars: z.array(calendarSchema).default([]),
  rules: z.array(ruleSchema).default([]),
  areas: z.array(areaSchema).default([]),
  messages: messagesSchema.prefault({}),
  tests: z.array(ruleTestSchema).optional(),
});
