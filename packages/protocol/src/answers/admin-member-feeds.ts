import * as z from 'zod';

export const memberEventsAnswer = z.object({
  /** Everything up to this number is in force. */
  lastSequence: z.number().int(),
  applied: z.number().int(),
  /** Events that had been taken before. */
  repeated: z.number().int(),
  /** Events that could not be applied and were passed over: send what corrects them under a new number. */
  rejected: z.array(z.object({ sequence: z.number().int(), code: z.string() })),
});
export type MemberEventsAnswer = z.infer<typeof memberEventsAnswer>;

export const memberFeed = z.object({
  lastSequence: z.number().int(),
  /** Null for a feed that has not begun. */
  updatedAt: z.number().int().nullable(),
});
export type MemberFeed = z.infer<typeof memberFeed>;

export const erasures = z.object({
  erasures: z.array(
    z.object({
      person: z.string(),
      version: z.number().int(),
      sequence: z.number().int(),
      erasedAt: z.number().int(),
      /** When the guard's own records were cut; null while that is to be done. */
      forgottenAt: z.number().int().nullable(),
      /** Whether the mirror has cut its own; null where there is none, or it did not answer. */
      mirrored: z.boolean().nullable(),
    }),
  ),
  lastSequence: z.number().int(),
});
export type Erasures = z.infer<typeof erasures>;
