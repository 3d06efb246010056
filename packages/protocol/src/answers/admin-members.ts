import { memberSchema } from '@facepass-kit/access/schema';
import * as z from 'zod';
import { memberPath } from '../admin-members.ts';

const { person } = memberPath.shape;

/** A member as an administrator reads one: the rules' facts, and which identity there is, not what it says. */
export const memberView = memberSchema.extend({
  person,
  updatedAt: z.number().int(),
  identified: z.object({ ci: z.boolean(), phoneNumber: z.boolean() }),
});
export type MemberView = z.infer<typeof memberView>;

export const memberPage = z.object({ members: z.array(memberView), nextCursor: person.nullable() });
export type MemberPage = z.infer<typeof memberPage>;

export const lookupMemberAnswer = z.object({ members: z.array(memberView) });

export const memberVersionAnswer = z.object({ version: z.number().int() });
export type MemberVersionAnswer = z.infer<typeof memberVersionAnswer>;

export const memberChanges = z.object({
  changes: z.array(
    z.object({
      sequence: z.number().int(),
      person,
      /** The key of whoever is a member still; null once they were erased. */
      merchantUserKey: z.string().nullable(),
      version: z.number().int(),
      changedAt: z.number().int(),
      /** The facts at that version; null where the member was erased. */
      facts: memberSchema.omit({ merchantUserKey: true, version: true }).nullable(),
    }),
  ),
  /** Pass it as `after` for what comes next. */
  lastSequence: z.number().int(),
});
export type MemberChanges = z.infer<typeof memberChanges>;
