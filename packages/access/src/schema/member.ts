import * as z from 'zod';
import { comparable, comparableName, id, instant, locale, memberKey } from './primitives.ts';
import { wholeRecord } from './whole-record.ts';

/** Groups and tags travel with every question and are recorded with every decision: a queue takes 128 KB each. */
const GROUPS_MAX = 100;
export const TAGS_MAX = 50;
const TAG_NAME_MAX = 64;
const TAG_VALUE_MAX = 200;

const tagName = comparableName.max(TAG_NAME_MAX, `expected at most ${TAG_NAME_MAX} characters`);
const tagValue = comparable.refine(
  (value) => value.length <= TAG_VALUE_MAX,
  `expected at most ${TAG_VALUE_MAX} characters`,
);

/** What the rules may know of a person: no name, no birth date, no phone number. */
export const memberSchema = z.object({
  merchantUserKey: memberKey,
  status: z.enum(['active', 'suspended']),
  groups: z.array(id).max(GROUPS_MAX).default([]),
  validFrom: instant.optional(),
  /** First instant at which the membership is over. */
  validUntil: instant.optional(),
  tags: wholeRecord(z.record(tagName, tagValue))
    .refine((tags) => Object.keys(tags).length <= TAGS_MAX, `expected at most ${TAGS_MAX} tags`)
    .prefault({}),
  locale: locale.optional(),
  version: z.int().min(0),
});
