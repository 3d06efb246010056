import { releaseSchema } from '@facepass-kit/access/schema';
import * as z from 'zod';
import { releaseHead } from './admin-api.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected a release hash');

export const releasePath = z.object({ hash });

/** `GET /admin/v1/releases`: publications, newest first. The same rules published twice are two entries. */
export const listReleasesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const releaseList = z.object({ releases: z.array(releaseHead) });

/** `POST /admin/v1/releases/{hash}/publish`: puts rules in force that were published before. */
export const republishRequest = z.strictObject({
  publishedBy: z.string().min(1).max(200),
  reason: z.string().min(1).max(1_000),
  expectedHead: z.string().nullable().optional(),
});
export type RepublishRequest = z.input<typeof republishRequest>;

/** A rush hour, and a day of a small venue. */
const PREVIEW_QUESTIONS = 1_000;
const PREVIEW_QUESTIONS_MAX = 5_000;

/** `POST /admin/v1/releases/preview`: checks a draft, and asks the last questions again under it. */
export const previewRequest = z.strictObject({
  release: releaseSchema,
  /** How many of the last questions are asked again. */
  questions: z.number().int().min(1).max(PREVIEW_QUESTIONS_MAX).default(PREVIEW_QUESTIONS),
});
export type PreviewRequest = z.input<typeof previewRequest>;

export const releasePreview = z.object({
  hash,
  /** The release in force that it was compared with. */
  against: z.string().nullable(),
  /** The tests that the draft brings along. One that fails keeps it from being published. */
  tests: z.array(z.object({ name: z.string(), passed: z.boolean(), problems: z.array(z.string()) })),
  /** Questions of the decision log that were asked again, without what the guard remembers. */
  asked: z.number().int(),
  changed: z.array(
    z.object({
      decisionId: z.string(),
      at: z.number().int(),
      zoneId: z.string().nullable(),
      merchantUserKey: z.string(),
      before: z.object({ effect: z.enum(['permit', 'deny']), reason: z.string() }),
      after: z.object({ effect: z.enum(['permit', 'deny']), reason: z.string() }),
    }),
  ),
});
export type ReleasePreview = z.infer<typeof releasePreview>;

/** `GET /admin/v1/releases/{hash}/diff?from=…`: parts that were added, removed or changed, by kind and id. */
export const releaseDiffQuery = z.strictObject({ from: hash });
export const releaseDiff = z.object({
  from: hash,
  to: hash,
  changes: z.array(
    z.object({ part: z.string(), id: z.string(), change: z.enum(['added', 'removed', 'changed']) }),
  ),
});
export type ReleaseDiff = z.infer<typeof releaseDiff>;

/** `GET /admin/v1/audit`: what administrators did, newest first. */
export const auditQuery = z.strictObject({
  before: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const auditEntries = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      at: z.number().int(),
      actor: z.string(),
      role: z.string(),
      action: z.string(),
      subject: z.string().nullable(),
      reason: z.string().nullable(),
      status: z.number().int(),
    }),
  ),
});
export type AuditEntries = z.infer<typeof auditEntries>;
