import { memberSchema, releaseSchema } from '@facepass-kit/access/schema';
import * as z from 'zod';

/** Bytes of a name in UTF-8, at most: FacePass takes no longer one where it compares names (guide, member validation). */
const NAME_MAX_BYTES = 50;

const name = z
  .string()
  .min(1)
  .normalize('NFC')
  .refine(
    (text) => new TextEncoder().encode(text).byteLength <= NAME_MAX_BYTES,
    `expected at most ${NAME_MAX_BYTES} bytes in UTF-8`,
  );

/** `yyyyMMdd`, as FacePass sends and expects it; a day of the calendar. */
const birthDate = z
  .string()
  .regex(/^\d{8}$/, 'expected 8 digits, yyyyMMdd')
  .refine(isDay, 'expected a day that exists, as yyyyMMdd');

function isDay(digits: string): boolean {
  const date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  return z.iso.date().safeParse(date).success;
}

/** What makes a person recognisable at registration (B1). Stored encrypted; never returned in a list. */
export const memberIdentity = z.strictObject({
  name: name.optional(),
  phoneNumber: z
    .string()
    .regex(/^\d{10,11}$/, 'expected 10 or 11 digits')
    .optional(),
  birthDate: birthDate.optional(),
  ci: z.string().min(1).max(128).optional(),
});
export type MemberIdentity = z.infer<typeof memberIdentity>;

const { status, groups, validFrom, validUntil, tags, locale } = memberSchema.shape;
const { ci, phoneNumber } = memberIdentity.shape;

/**
 * One member as an administrator writes it: the facts the rules read, and the identity B1 looks up. What is absent stays
 * as it is stored, and null takes it away; groups and tags that are given are all there are. Somebody new is active, in
 * no group and without tags.
 */
export const memberInput = memberSchema
  .omit({ version: true })
  .extend({
    status: status.optional(),
    groups: groups.unwrap().optional(),
    validFrom: validFrom.nullable(),
    validUntil: validUntil.nullable(),
    tags: tags.unwrap().optional(),
    locale: locale.nullable(),
    identity: z
      .strictObject({
        name: name.nullish(),
        phoneNumber: phoneNumber.nullable(),
        birthDate: birthDate.nullish(),
        ci: ci.nullable(),
      })
      .nullish(),
    /** A member who was erased comes back only where this says so. */
    readmit: z.boolean().optional(),
  })
  .strict();
export type MemberInput = z.input<typeof memberInput>;

/** Most members one upsert takes: one D1 batch and one body below the limit. */
export const MEMBERS_PER_UPSERT = 500;

/** `PUT /admin/v1/members` */
export const upsertMembersRequest = z.strictObject({
  members: z.array(memberInput).min(1).max(MEMBERS_PER_UPSERT),
});
export type UpsertMembersRequest = z.input<typeof upsertMembersRequest>;

/** `POST /admin/v1/releases`: publishes rules and moves the head to them. */
export const publishReleaseRequest = z.strictObject({
  release: releaseSchema,
  /** Who publishes, and why: kept with the release. */
  publishedBy: z.string().min(1).max(200),
  reason: z.string().min(1).max(1_000),
  /** Publish only if this is the head now (null: only if there is none); absent: whatever is there, or `If-Match`. */
  expectedHead: z.string().nullable().optional(),
  /** Publish although tests fail that the release brings along, and why; kept in the audit trail. */
  despiteFailingTests: z.string().min(1).max(1_000).optional(),
});
export type PublishReleaseRequest = z.input<typeof publishReleaseRequest>;

/** `PUT /admin/v1/sites/:siteId/mode` */
export const siteModeRequest = z.strictObject({
  mode: z.enum(['normal', 'lockdown', 'evacuate']),
  /** When the mode falls back to normal, UTC milliseconds; absent: until it is set again. */
  until: z.number().int().nullable().default(null),
  reason: z.string().min(1).max(1_000),
});
export type SiteModeRequest = z.input<typeof siteModeRequest>;

/** RFC 9457 problem details, as every refusal of the admin API has them. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** Stable and meant for programs. */
  code: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;
