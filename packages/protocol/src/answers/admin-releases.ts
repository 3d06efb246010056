import * as z from 'zod';
import { releasePath } from '../admin-releases.ts';
import { releaseHead } from './admin-api.ts';

const { hash } = releasePath.shape;

export const releaseList = z.object({ releases: z.array(releaseHead) });

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

export const releaseDiff = z.object({
  from: hash,
  to: hash,
  changes: z.array(
    z.object({ part: z.string(), id: z.string(), change: z.enum(['added', 'removed', 'changed']) }),
  ),
});
export type ReleaseDiff = z.infer<typeof releaseDiff>;

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
