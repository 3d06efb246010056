import type { Member } from '@facepass-kit/access';
import type { MemberIdentity } from '@facepass-kit/protocol';

/** What the rules read of a member, without the key that names the person. */
export type MemberFacts = Omit<Member, 'merchantUserKey' | 'version'>;

/** The HMAC that stands for a `merchantUserKey` in every store. */
export type Person = string;

/** A member's facts at one version; `facts` is null once the member is gone. */
export interface MemberVersion {
  readonly person: Person;
  readonly version: number;
  readonly facts: MemberFacts | null;
}

export interface MemberWrite {
  readonly merchantUserKey: string;
  readonly facts: MemberFacts;
  /** Absent: what is stored stays as it is. */
  readonly identity?: MemberIdentity | undefined;
}

/** A member as B1 needs one: the key to answer with, and the identity to compare. */
export interface IdentifiedMember {
  readonly merchantUserKey: string;
  readonly facts: MemberFacts;
  readonly identity: MemberIdentity;
}

export interface MemberChange extends MemberVersion {
  /** Position in the order in which changes were committed. */
  readonly sequence: number;
}

/** The truth about members. */
export interface MemberDirectory {
  /**
   * Writes members, each under the version after its last, together with their changes, all or none.
   * @throws CiConflictError where a CI already belongs to another member
   */
  upsert(members: readonly MemberWrite[], atMs: number): Promise<MemberVersion[]>;
  findByCi(ci: string): Promise<IdentifiedMember | null>;
  /** Everybody with this phone number, which several people may have. */
  findByPhone(phoneNumber: string): Promise<IdentifiedMember[]>;
  /** The oldest changes that the guard has not confirmed, in order. */
  undelivered(limit: number): Promise<MemberChange[]>;
  markDelivered(sequences: readonly number[], atMs: number): Promise<void>;
}

/** Two members would have the same CI, which identifies one person. `positions` are indexes in the call. */
export class CiConflictError extends Error {
  override readonly name = 'CiConflictError';
  readonly positions: readonly number[];

  constructor(positions: readonly number[]) {
    super('a CI belongs to one member');
    this.positions = positions;
  }
}
