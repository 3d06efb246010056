import * as z from 'zod';
import { comparable, comparableName, id, instant, locale, memberKey } from './primitives.ts';

/** What the rules may know of a person: no name, no birth date, no phone number. */
export const memberSchema = z.object({
  merchantUserKey: memberKey,
  status: z.enum(['active', 'suspended']),
  groups: z.array(id).default([]),
  validFrom: instant.optional(),
  /** First instant at which the membership is over. */
  validUntil: instant.optional(),
  tags: z.record(comparableName, comparable).default({}),
  locale: locale.optional(),
  version: z.int().min(0),
});
