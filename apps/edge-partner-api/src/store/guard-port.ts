import type { AnswerTexts, Decision } from '@facepass-kit/access';
import type { PermissionsAnswer } from '@facepass-kit/core/partner';
import type { PersonReference, ReleaseHead } from '@facepass-kit/protocol';
import type { GuardDesk } from './guard-desk.ts';
import type { MemberVersion } from './member-directory.ts';

/** A question at a door, with what the caller could read about the member. */
export interface GuardQuestion {
  readonly requestId: string;
  readonly merchantUserKey: string;
  readonly person: PersonReference;
  readonly params: Readonly<Record<string, unknown>>;
  readonly siteId: string | null;
  /** The member as the projection has them; null: nobody there; `unread`: the projection did not answer. */
  readonly member: MemberVersion | null | 'unread';
}

export interface GuardAnswer {
  readonly answer: PermissionsAnswer;
  /** The reason of the decision, for the log. */
  readonly reason: string;
}

export interface Explained {
  readonly decision: Decision;
  readonly texts: AnswerTexts;
  readonly releaseHash: string | null;
  readonly memberVersion: number | null;
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
      /** Sites the release does not have and whose mode is not normal; absent where the head had moved. */
      readonly shutSites?: readonly string[];
    };

/**
 * The truth of this moment: release head, site modes, young member changes, what rules remember, and the
 * decisions made. One call is one atomic step.
 */
export interface GuardPort extends GuardDesk {
  /**
   * Decides and records. After `deadlineMs` (UTC milliseconds) the caller has answered without the guard: then
   * nothing is spent, nothing recorded, and the answer is null.
   */
  admit(question: GuardQuestion, deadlineMs: number): Promise<GuardAnswer | null>;
  explain(question: GuardQuestion): Promise<Explained>;
  publish(command: PublishCommand): Promise<PublishOutcome>;
  head(): Promise<ReleaseHead | null>;
  applyMembers(changes: readonly MemberVersion[]): Promise<void>;
}
