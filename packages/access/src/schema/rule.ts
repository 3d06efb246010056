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
import { wholeRecord } from './whole-record.ts';

const who = z
  .strictObject({
    everyone: z.literal(true).optional(),
    groups: z.array(id).min(1).optional(),
    members: z.array(memberKey).min(1).optional(),
    tags: wholeRecord(z.record(comparableName, comparables))
      .optional()
      .describe('Conditions on tags: every tag named must have one of its values.'),
    except: z
      .strictObject({ groups: z.array(id).default([]), members: z.array(memberKey).default([]) })
      .optional(),
  })
  .refine(
    (subject) =>
      subject.everyone === true ||
      subject.groups !== undefined ||
      subject.members !== undefined ||
      subject.tags !== undefined,
    'expected at least one of everyone, groups, members, tags',
  )
  .refine(
    (subject) => subject.everyone !== true || (subject.groups === undefined && subject.members === undefined),
    'everyone already includes the groups and members beside it: give one or the other',
  )
  .meta({ description: 'Groups and members widen, tags narrow, except takes out.' });

const quota = z
  .strictObject({ max: z.int().min(1).max(COUNT_MAX), per: z.enum(['day', 'week', 'validity']) })
  .meta({ description: "Entries permitted per period, counted in the site's time; weeks begin on Monday." });

export const ruleSchema = z.strictObject({
  id,
  description: z.string().max(500).optional(),
  effect: z.enum(['permit', 'forbid']),
  who,
  zones: z.array(idOrAll).min(1).describe('Zone ids, or "*" for every zone.'),
  schedule: id.optional().describe('When the rule applies; always unless given.'),
  timeZone: timeZone
    .optional()
    .describe("Time zone of the schedule and of dates, before the schedule's and the site's."),
  validFrom: instantOrDate.optional(),
  validUntil: instantOrDate.optional().describe('First instant at which the rule no longer applies.'),
  quota: quota.optional().describe('Permit rules only.'),
  messages: messagesSchema.optional().describe('Texts shown where this rule decided.'),
});
