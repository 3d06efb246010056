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

export const leaversQuery = z.strictObject({
  state: leaverState.default('registered'),
  /** The last person of the page before. */
  after: personHmac.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type LeaversQuery = z.input<typeof leaversQuery>;

/** Whom to have unregistered although that is not done by itself. */
export const approveLeavers = z.strictObject({ people: z.array(personHmac).min(1).max(500) });

export const leaverEventsQuery = z.strictObject({
  /** Events at or after this instant, UTC milliseconds. */
  since: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type LeaverEventsQuery = z.input<typeof leaverEventsQuery>;
