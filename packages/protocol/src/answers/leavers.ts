import * as z from 'zod';
import { memberPath } from '../admin-members.ts';
import { leaverState } from '../leavers.ts';

const personHmac = memberPath.shape.person;

export const leaverReason = z.enum(['erased', 'expired', 'suspended']);
export type LeaverReason = z.infer<typeof leaverReason>;

export const leaver = z.object({
  person: personHmac,
  /** Null unless it was asked for, and where it is not kept any more. */
  merchantUserKey: z.string().nullable(),
  why: leaverReason,
  since: z.number().int(),
  state: leaverState,
  /** When FacePass was asked last, and what it said of the face. */
  askedAt: z.number().int().nullable(),
  registeredTs: z.string().nullable(),
  auditStatus: z.string().nullable(),
  /** When somebody had this one unregistered, where that does not happen by itself. */
  approvedAt: z.number().int().nullable(),
  /** Attempts to unregister that were not done. */
  attempts: z.number().int(),
});
export type Leaver = z.infer<typeof leaver>;

export const approveLeaversAnswer = z.object({ approved: z.number().int() });

/** What was done about somebody, and what FacePass answered. */
export const leaverEvent = z.object({
  at: z.number().int(),
  person: personHmac,
  action: z.enum(['asked', 'unregister', 'withdrawn', 'cut']),
  /**
   * Of a question `registered` or `not_registered`; of an attempt `completed`, `not_completed`; a code of the
   * failure for either; null for an attempt whose answer never came, and where nothing was asked.
   */
  answer: z.string().nullable(),
});
export type LeaverEvent = z.infer<typeof leaverEvent>;

/** What a sweep did. */
export const leaverSweep = z.object({
  /** Whom FacePass was asked about. */
  asked: z.number().int(),
  unregistered: z.number().int(),
  /** Attempts that were not done, and are made again. */
  refused: z.number().int(),
  /** Who came back, or registered anew, between the question and now. */
  spared: z.number().int(),
});
export type LeaverSweep = z.infer<typeof leaverSweep>;

/** What was done on request: how many people FacePass was asked about, and what the sweep did. */
export const leaversRound = z.object({ asked: z.number().int(), sweep: leaverSweep });
export type LeaversRound = z.infer<typeof leaversRound>;
