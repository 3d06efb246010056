import * as z from 'zod';

export const upsertMembersAnswer = z.object({
  members: z.array(z.object({ merchantUserKey: z.string(), version: z.number().int() })),
});
export type UpsertMembersAnswer = z.infer<typeof upsertMembersAnswer>;

export const releaseHead = z.object({
  hash: z.string(),
  version: z.number().int(),
  publishedBy: z.string(),
  publishedAt: z.number().int(),
  reason: z.string(),
});
export type ReleaseHead = z.infer<typeof releaseHead>;
