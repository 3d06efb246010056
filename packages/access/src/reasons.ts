/**
 * Every outcome a question can have. The list is closed: a reader may switch over it, and a new reason is a
 * new minor version. Reasons stand in the order in which they are looked for; the first that holds is given.
 */
export const REASONS = [
  /** No zone of the release matches the parameters of the device. */
  'no_zone',
  /** Zones of several sites match equally well, and the question names no site. */
  'ambiguous_zone',
  /** The site is locked down, and the member is in no exempt group. */
  'site_lockdown',
  /** The site is being evacuated: nobody comes in but exempt groups. */
  'site_evacuation',
  /** The site is being evacuated: everybody may leave. Permits. */
  'evacuation_exit',
  /** The directory knows no such member. */
  'unknown_member',
  /** The member's status is `suspended`. */
  'member_suspended',
  /** A deny entry names the member or one of the member's groups. */
  'deny_listed',
  /** The member's validity has not begun. */
  'not_yet_valid',
  /** The member's validity has ended. */
  'expired',
  /** A forbid rule applies. */
  'forbidden',
  /** No permit rule concerns this member at this zone. */
  'no_grant',
  /** A permit rule concerns the member, but its own validity has not begun or has ended. */
  'grant_not_in_force',
  /** A permit rule concerns the member, but its schedule is closed. */
  'closed_now',
  /** The member's pass for this zone is used up. */
  'pass_used_up',
  /** Every permit has a quota, and all of them are spent for the period. */
  'quota_spent',
  /** The area waits for its first person of the day. */
  'first_person_needed',
  /** The area is entered by two; no second person has asked yet. */
  'second_person_needed',
  /** The member is already inside (or, where exits are enforced, was never inside). */
  'anti_passback',
  /** The area is full. */
  'area_full',
  /** The question needs the guard's state, and the site is run without a guard. */
  'guard_needed',
  /** The answer could not be worked out in time: guard unreachable, store unreachable, budget spent. */
  'unavailable',
  /** Nothing has been published yet. */
  'no_release',
  /** A pass of the member permits. */
  'permitted_by_pass',
  /** A permit rule applies. */
  'permitted',
] as const;

export type Reason = (typeof REASONS)[number];

/** Reasons with which a person comes in (or goes out). All others deny. */
export const PERMITTING_REASONS = ['permitted', 'permitted_by_pass', 'evacuation_exit'] as const;

export type PermittingReason = (typeof PERMITTING_REASONS)[number];

/**
 * Reasons that say something about a person which bystanders at the device should not read. Their default
 * text and code are the same neutral ones; the true reason is in the decision only.
 */
export const SENSITIVE_REASONS = [
  'unknown_member',
  'member_suspended',
  'deny_listed',
  'forbidden',
] as const satisfies readonly Reason[];

export function isReason(text: string): text is Reason {
  return REASONS.some((reason) => reason === text);
}
