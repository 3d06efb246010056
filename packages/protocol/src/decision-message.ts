import * as z from 'zod';
import { jsonObject } from './json.ts';
import { personReference } from './person-reference.ts';

/**
 * One answer given at a door, as it flows from the guard's outbox through the `decisions` queue into the
 * mirror's database. Delivery is at least once; `id` makes it idempotent, `sequence` makes gaps visible.
 */
export const decisionMessage = z.object({
  v: z.literal(1),
  /** Unique id of the decision. */
  id: z.string().min(1),
  /** Where the number below counts: a guard's name, or `eventual` for sites that ask no guard. */
  source: z.string().min(1),
  /** The guard's own running number, without gaps; null for decisions made without a guard. */
  sequence: z.number().int().positive().nullable(),
  /** When the answer was given, UTC milliseconds. */
  at: z.number().int(),
  requestId: z.string().nullable(),
  siteId: z.string().nullable(),
  zoneId: z.string().nullable(),
  person: personReference,
  params: jsonObject,
  effect: z.enum(['permit', 'deny']),
  /** A reason of `@facepass-kit/access`; open here, so that an older reader keeps a newer one's word. */
  reason: z.string().min(1),
  /** Ids of the rules, schedules, areas or entries that determined the answer. */
  determining: z.array(z.string()),
  /** The `code` answered to FacePass, which comes back as `customCode` in the verification history. */
  code: z.string().nullable(),
  releaseHash: z.string().nullable(),
  memberVersion: z.number().int().nullable(),
  /** The decision this one repeats within the coalescing window. */
  repeatOf: z.string().nullable(),
  /** What the decision depended on, for replay: member facts without personal data, guard inputs. */
  inputs: jsonObject,
});
export type DecisionMessage = z.infer<typeof decisionMessage>;

/** Decisions in one message: a queue charges for messages, and a rush hour makes many at once. */
export const DECISIONS_PER_MESSAGE_MAX = 100;

/** Several decisions in one message of the queue, in the order in which they were made. */
export const decisionBatch = z.object({
  v: z.literal(1),
  decisions: z.array(decisionMessage).min(1).max(DECISIONS_PER_MESSAGE_MAX),
});
export type DecisionBatch = z.infer<typeof decisionBatch>;

/** What a message of the `decisions` queue may be. A reader takes both; a writer is free to send either. */
export type DecisionQueueMessage = DecisionMessage | DecisionBatch;

/** The parts of a message that each should be one decision, readable or not: itself, or what it brings. */
export function decisionsIn(body: unknown): readonly unknown[] {
  const batch = z.looseObject({ v: z.literal(1), decisions: z.array(z.unknown()) }).safeParse(body);
  return batch.success ? batch.data.decisions : [body];
}
