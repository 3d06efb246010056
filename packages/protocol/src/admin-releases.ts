import { releaseSchema } from '@facepass-kit/access/schema';
import * as z from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected a release hash');

export const releasePath = z.object({ hash });

/** `GET /admin/v1/releases`: publications, newest first. The same rules published twice are two entries. */
export const listReleasesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

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

/** `GET /admin/v1/releases/{hash}/diff?from=…`: parts that were added, removed or changed, by kind and id. */
export const releaseDiffQuery = z.strictObject({ from: hash });

/** `GET /admin/v1/audit`: what administrators did, newest first. */
export const auditQuery = z.strictObject({
  before: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
