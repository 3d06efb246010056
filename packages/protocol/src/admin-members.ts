import { idSchema, memberKeySchema, memberSchema } from '@facepass-kit/access/schema';
import * as z from 'zod';
import { memberInput } from './admin-api.ts';

/** What names a member in an address: the HMAC of the `merchantUserKey`, so that no key stands in a URL. */
const person = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected the 43 characters of a member reference');

export const memberPath = z.object({ person });

/** A member as an administrator reads one: the rules' facts, and which identity there is, not what it says. */
export const memberView = memberSchema.extend({
  person,
  updatedAt: z.number().int(),
  identified: z.object({ ci: z.boolean(), phoneNumber: z.boolean() }),
});
export type MemberView = z.infer<typeof memberView>;

/** Members on a page, at most. */
const PAGE_MAX = 200;

/** `GET /admin/v1/members`, in a stable order without meaning. */
export const listMembersQuery = z.strictObject({
  group: idSchema.optional(),
  status: z.enum(['active', 'suspended']).optional(),
  /** A tag and its value, as `key:value`. */
  tag: z
    .string()
    .normalize('NFC')
    .regex(/^[^:]+:.*$/u, 'expected key:value')
    .optional(),
  cursor: person.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
});
export type ListMembersQuery = z.input<typeof listMembersQuery>;

export const memberPage = z.object({ members: z.array(memberView), nextCursor: person.nullable() });
export type MemberPage = z.infer<typeof memberPage>;

/** `POST /admin/v1/members/lookup`: exactly one way to name a person; in a body, since addresses are logged. */
export const lookupMemberRequest = z.union([
  z.strictObject({ merchantUserKey: memberKeySchema }),
  z.strictObject({ ci: z.string().min(1).max(128) }),
  z.strictObject({ phoneNumber: z.string().regex(/^\d{10,11}$/, 'expected 10 or 11 digits') }),
]);
export type LookupMemberRequest = z.input<typeof lookupMemberRequest>;

export const lookupMemberAnswer = z.object({ members: z.array(memberView) });

/** `PUT /admin/v1/members/{person}`: all the facts, and the identity where it changes. */
export const replaceMemberRequest = memberInput.omit({ merchantUserKey: true, readmit: true }).strict();
export type ReplaceMemberRequest = z.input<typeof replaceMemberRequest>;

/** `POST /admin/v1/members/{person}/suspend`, `/restore` and `DELETE /admin/v1/members/{person}` */
export const memberVerbRequest = z.strictObject({ reason: z.string().min(1).max(1_000) });

export const memberVersionAnswer = z.object({ version: z.number().int() });
export type MemberVersionAnswer = z.infer<typeof memberVersionAnswer>;

/** `GET /admin/v1/members/changes`: every change after `after`, oldest first. */
export const memberChangesQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type MemberChangesQuery = z.input<typeof memberChangesQuery>;

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
