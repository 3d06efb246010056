import { idSchema, memberKeySchema, memberSchema } from '@facepass-kit/access/schema';
import * as z from 'zod';
import { memberIdentity } from './admin-api.ts';

/** What names a member in an address: the HMAC of the `merchantUserKey`, so that no key stands in a URL. */
const person = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected the 43 characters of a member reference');

export const memberPath = z.object({ person });

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

/** `POST /admin/v1/members/lookup`: exactly one way to name a person; in a body, since addresses are logged. */
export const lookupMemberRequest = z.union([
  z.strictObject({ merchantUserKey: memberKeySchema }),
  z.strictObject({ ci: z.string().min(1).max(128) }),
  z.strictObject({ phoneNumber: z.string().regex(/^\d{10,11}$/, 'expected 10 or 11 digits') }),
]);
export type LookupMemberRequest = z.input<typeof lookupMemberRequest>;

/** `PUT /admin/v1/members/{person}`: all the facts, and all of the identity where it changes. */
export const replaceMemberRequest = memberSchema
  .omit({ merchantUserKey: true, version: true })
  .extend({ identity: memberIdentity.optional() })
  .strict();
export type ReplaceMemberRequest = z.input<typeof replaceMemberRequest>;

/** `POST /admin/v1/members/{person}/suspend`, `/restore` and `DELETE /admin/v1/members/{person}` */
export const memberVerbRequest = z.strictObject({ reason: z.string().min(1).max(1_000) });

/** `GET /admin/v1/members/changes`: every change after `after`, oldest first. */
export const memberChangesQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type MemberChangesQuery = z.input<typeof memberChangesQuery>;
