import * as z from 'zod';

/** A person as every store of ours names them: the HMAC of a `merchantUserKey`. */
const personHmac = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** How somebody stands in the partner's directory at the moment they are asked about. */
export const memberStanding = z.object({
  person: personHmac,
  /** The `merchantUserKey`, sealed; null where it is not kept any more. */
  sealed: z.string().min(1).nullable(),
  status: z.enum(['active', 'suspended', 'erased']),
  /** Since when the status is what it is, UTC milliseconds. */
  since: z.number().int(),
  /** The first instant at which the membership is over, UTC milliseconds; it may lie ahead. */
  validUntil: z.number().int().nullable(),
});
export type MemberStanding = z.infer<typeof memberStanding>;

/**
 * The people whom the directory's changes from `after` (excluded) to `through` were about, as they stand now.
 * `through` below `after` begins again: the directory was restored to an earlier state.
 */
export const memberFeedStep = z.object({
  after: z.number().int().nonnegative(),
  through: z.number().int().nonnegative(),
  standings: z.array(memberStanding).max(500),
});
export type MemberFeedStep = z.infer<typeof memberFeedStep>;

/** Asks the directory how people stand now; whoever it does not know is left out. */
export type StandingsOf = (people: string[]) => Promise<MemberStanding[]>;

/**
 * Where the sweep is with somebody who left:
 * - `due`: FacePass is still to be asked whether a face is registered;
 * - `registered`: it says so;
 * - `unregistering`: it said that the face was unregistered; asked once more before that is believed;
 * - `gone`: no face is registered;
 * - `cut`: erased, and the time for which the key was kept ran out before FacePass said that the face is gone.
 */
export const leaverState = z.enum(['due', 'registered', 'unregistering', 'gone', 'cut']);
export type LeaverState = z.infer<typeof leaverState>;

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

export const leaversQuery = z.strictObject({
  state: leaverState.default('registered'),
  /** The last person of the page before. */
  after: personHmac.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type LeaversQuery = z.input<typeof leaversQuery>;

/** Whom to have unregistered although that is not done by itself. */
export const approveLeavers = z.strictObject({ people: z.array(personHmac).min(1).max(500) });

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

export const leaverEventsQuery = z.strictObject({
  /** Events at or after this instant, UTC milliseconds. */
  since: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type LeaverEventsQuery = z.input<typeof leaverEventsQuery>;

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
