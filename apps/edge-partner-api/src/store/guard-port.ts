import type { AnswerTexts, Decision, GuardView } from '@facepass-kit/access';
import type { PermissionsAnswer } from '@facepass-kit/core/partner';
import type { DoorInputs, PersonReference, ReleaseHead, UnusedPermit } from '@facepass-kit/protocol';
import type { GuardRenaming } from './guard/names.ts';
import type { GuardDesk } from './guard-desk.ts';
import type { MemberVersion } from './member-directory.ts';

/** Where the numbers of the guard's decisions count (`source` of a decision). */
export const GUARD_SOURCE = 'guard';

/** A question at a door, with what the caller could read about the member. */
export interface GuardQuestion {
  readonly requestId: string;
  readonly merchantUserKey: string;
  readonly person: PersonReference;
  readonly params: Readonly<Record<string, unknown>>;
  readonly siteId: string | null;
  /** The member as the caller knows them; null: nobody there; `unread`: who was asked for them did not answer. */
  readonly member: MemberVersion | null | 'unread';
  /** The member was asked for in the partner's own system: changes known here are about somebody else. */
  readonly livesElsewhere: boolean;
}

/** The same; undefined: nobody was asked for the member, the guard finds out. */
export interface AdmitQuestion extends Omit<GuardQuestion, 'member'> {
  readonly member: GuardQuestion['member'] | undefined;
}

export interface GuardAnswer {
  readonly answer: PermissionsAnswer;
  /** The reason of the decision, for the log. */
  readonly reason: string;
  /** The site whose door it was; null where the release has none for it. */
  readonly site: string | null;
}

/** What the guard answers, and how long it waited for the member, in milliseconds: 0 for one it knew. */
export interface GuardAdmission extends GuardAnswer {
  readonly memberMs: number;
}

export interface Explained {
  readonly decision: Decision;
  readonly texts: AnswerTexts;
  readonly releaseHash: string | null;
  readonly memberVersion: number | null;
  /** What was known of the moment; null where there is no release. */
  readonly inputs: DoorInputs<GuardView> | null;
}

export interface PublishCommand {
  readonly hash: string;
  /** The release as canonical JSON. */
  readonly body: string;
  readonly publishedBy: string;
  readonly reason: string;
  /** Publish only while this is the head (null: only while there is none); undefined: in any case. */
  readonly expectedHead: string | null | undefined;
}

export type PublishOutcome =
  | { readonly published: true; readonly head: ReleaseHead }
  | {
      readonly published: false;
      readonly head: ReleaseHead | null;
      /** Sites whose mode is not normal and that the release lacks, or whose doors it gives away; absent where the head had moved. */
      readonly shutSites?: readonly string[];
      /** Deny entries in force that name zones or a group the release does not have; absent where there are none. */
      readonly lostDenies?: readonly LostDeny[];
    };

/** A deny entry that would say nothing any more of what it names. */
export interface LostDeny {
  readonly id: string;
  /** Zones and groups the release does not have. */
  readonly names: readonly string[];
}

/**
 * The truth of this moment: release head, site modes, young member changes, what rules remember, and the
 * decisions made. One call is one atomic step.
 */
export interface GuardPort extends GuardDesk {
  /**
   * Decides and records. After `deadlineMs` (UTC milliseconds) the caller has answered without the guard: then
   * nothing is spent, nothing recorded, and the answer is null.
   */
  admit(question: AdmitQuestion, deadlineMs: number): Promise<GuardAdmission | null>;
  explain(question: AdmitQuestion): Promise<Explained>;
  publish(command: PublishCommand): Promise<PublishOutcome>;
  head(): Promise<ReleaseHead | null>;
  /** A release that was published, null where it never was; as canonical JSON while it is one of the last two. */
  release(hash: string): Promise<{ readonly body: string | null } | null>;
  applyMembers(changes: readonly MemberVersion[]): Promise<void>;
  /** Moves what is remembered of people to the names they have under another pepper, and seals passes and denies anew. */
  rename(renamings: readonly GuardRenaming[]): Promise<void>;
  /**
   * People about whom decisions are kept and who have got no other name since, a page at a time. `place`: where the page
   * before ended, -1 for the first.
   */
  peopleDecidedAbout(place: number): Promise<PageOfPeople>;
  /** Seals the releases kept there anew; how many that were. Then nobody is known by a former name any more, where that is wanted. */
  renew(forgetFormerNames: boolean): Promise<number>;
  /** Where the mirror's list of unused permits was read up to; null from the beginning. */
  unusedPermitsCursor(): Promise<string | null>;
  /**
   * Gives back what permits reserved that nobody used, each once, and moves the cursor in the same step.
   * How many were taken back; the others are not kept any more, or were taken back before.
   */
  takeBack(permits: readonly UnusedPermit[], cursor: string): Promise<number>;
  /** Which numbers must have arrived in the mirror by now; null where there is nothing new to ask about. */
  arrivalsDue(): Promise<NumberRange | null>;
  /** Sends decisions that did not arrive again, as far as they are still kept. */
  resend(range: NumberRange, missing: MissingNumbers): Promise<Resent>;
}

export interface PageOfPeople {
  readonly people: readonly PersonReference[];
  /** Where the next page begins; null where there is none. */
  readonly next: number | null;
}

/** Numbers above `after`, up to and including `through`. */
export interface NumberRange {
  readonly after: number;
  readonly through: number;
}

/** Numbers that are not in the mirror, ascending. */
export interface MissingNumbers {
  readonly sequences: readonly number[];
  /** False where there are more, above these. */
  readonly isAll: boolean;
}

export interface Resent {
  readonly resent: number;
  /** No longer kept, or sent in vain several times. */
  readonly givenUp: number;
}
