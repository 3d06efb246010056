import * as z from 'zod';

/** What the mirror tells the guard about its decisions: which were for nothing, and which did not arrive. */

/** Permits asked for at once: the guard takes them back in one step between two questions. */
const UNUSED_PERMITS_MAX = 100;
/** Numbers named at once. */
export const MISSING_DECISIONS_MAX = 1_000;

export const unusedPermitsQuery = z.object({
  /** `next` of the last answer; null from the beginning. */
  after: z.string().max(200).nullable(),
  limit: z.number().int().min(1).max(UNUSED_PERMITS_MAX).default(UNUSED_PERMITS_MAX),
});
export type UnusedPermitsQuery = z.input<typeof unusedPermitsQuery>;

/** A permit that no entry followed, in history that is completely mirrored. */
export const unusedPermit = z.object({
  decisionId: z.string(),
  sequence: z.number().int().positive(),
});
export type UnusedPermit = z.infer<typeof unusedPermit>;

export const unusedPermits = z.object({
  permits: z.array(unusedPermit),
  /** Where to go on, also where nothing was found; null before anything was compared. */
  next: z.string().nullable(),
});
export type UnusedPermits = z.infer<typeof unusedPermits>;

export const missingDecisionsQuery = z.object({
  source: z.string().min(1),
  /** Numbers above `after`, up to and including `through`. */
  after: z.number().int().nonnegative(),
  through: z.number().int().nonnegative(),
});
export type MissingDecisionsQuery = z.input<typeof missingDecisionsQuery>;
