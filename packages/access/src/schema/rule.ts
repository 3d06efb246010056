import * as z from 'zod';
import { COUNT_MAX } from '../count-limit.ts';
import { messagesSchema } from './messages.ts';
import {
  comparableName,
  comparables,
  id,
  idOrAll,
  instantOrDate,
  memberKey,
  timeZone,
} from './primitives.ts';
import { WORDS } from './schema-words.ts';
import { wholeRecord } from './whole-record.ts';

const who = z
  .strictObject({
    everyone: z.literal(true).optional(),
    groups: z.array(id).min(1).optional(),
    members: z.array(memberKey).min(1).optional(),
    tags: wholeRecord(z.record(comparableName, comparables)).optional().describe(WORDS.whoTags),
    except: z
      .strictObject({ groups: z.array(id).default([]), members: z.array(memberKey).default([]) })
      .optional(),
  })
  .refine(
    (subject) =>
      subject.everyone === true ||
      subject.groups !== undefined ||
      subject.members !== undefined ||
      // An empty condition names nobody: whoever it was to narrow, everybody would do.
      Object.keys(subject.tags ?? {}).length > 0,
    'expected at least one of everyone, groups, members, tags',
  )
  .refine(
    (subject) => subject.everyone !== true || (subject.groups === undefined && subject.members === undefined),
    'everyone already includes the groups and members beside it: give one or the other',
  )
  .describe(WORDS.who);

const quota = z
  .strictObject({ max: z.int().min(1).max(COUNT_MAX), per: z.enum(['day', 'week', 'validity']) })
  .describe(WORDS.quota);

export const ruleSchema = z.strictObject({
  id,
  description: z.string().max(500).optional(),
  effect: z.enum(['permit', 'forbid']),
  who,
  zones: z.array(idOrAll).min(1).describe(WORDS.ruleZones),
  schedule: id.optional().describe(WORDS.ruleSchedule),
  timeZone: timeZone.optional().describe(WORDS.ruleTimeZone),
  validFrom: instantOrDate.optional(),
  validUntil: instantOrDate.optional().describe(WORDS.ruleValidUntil),
  quota: quota.optional().describe(WORDS.ruleQuota),
  messages: messagesSchema.optional().describe(WORDS.ruleMessages),
});
