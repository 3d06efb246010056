import * as z from 'zod';

/** What is brought under the current pepper and data key, in this order. */
export const renewalStage = z.enum(['guard', 'members', 'tombstones', 'releases', 'mirror', 'done']);
export type RenewalStage = z.infer<typeof renewalStage>;

export const renewalView = z.object({
  /** The last run; null before the first. */
  run: z
    .object({
      id: z.string(),
      state: z.enum(['running', 'done']),
      stage: renewalStage,
      members: z.number().int(),
      tombstones: z.number().int(),
      releases: z.number().int(),
      mirrored: z.number().int(),
      startedAt: z.number().int(),
      updatedAt: z.number().int(),
    })
    .nullable(),
  /** What in the directory is still under an earlier pepper or data key. */
  left: z.object({ members: z.number().int(), tombstones: z.number().int() }),
  /** The id of the data key that seals. */
  currentDataKey: z.string(),
  /** Whether `PREVIOUS_PEPPER` is set. */
  rotatingPepper: z.boolean(),
});
export type RenewalView = z.infer<typeof renewalView>;
