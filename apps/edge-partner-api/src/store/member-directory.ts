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

/** What is written of something: what is absent stays as it is stored, and null takes it away. */
type Patch<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

export interface MemberWrite {
  readonly merchantUserKey: string;
  /** Of somebody new the rest is active, in no group and without tags. */
  readonly facts: Patch<MemberFacts>;
  /** Where it is there, tags are written by their names: these are taken away, and what is not named stays. */
  readonly clearedTags?: readonly string[] | undefined;
  readonly identity?: Patch<MemberIdentity> | null | undefined;
  /** Whether somebody who was erased comes back. */
  readonly readmit?: boolean | undefined;
}

/** A member as B1 needs one: the key to answer with, and the identity to compare. */
export interface IdentifiedMember {
  readonly merchantUserKey: string;
  readonly facts: MemberFacts;
  readonly identity: MemberIdentity;
}

/** A member as it is stored, erased ones left out. */
export interface MemberRecord {
  readonly person: Person;
  readonly merchantUserKey: string;
  readonly facts: MemberFacts;
  readonly version: number;
  readonly updatedAt: number;
  readonly hasCi: boolean;
  readonly hasPhoneNumber: boolean;
}

export interface MemberChange extends MemberVersion {
  /** Position in the order in which changes were committed. */
  readonly sequence: number;
  readonly changedAt: number;
}

export interface MemberFilter {
  readonly group?: string | undefined;
  readonly status?: MemberFacts['status'] | undefined;
  readonly tag?: { readonly key: string; readonly value: string } | undefined;
  /** Only those after this one, in the order of `person`. */
  readonly after?: Person | undefined;
  readonly limit: number;
}

export type MemberName =
  | { readonly merchantUserKey: string }
  | { readonly ci: string }
  | { readonly phoneNumber: string };

/** A write that counts on a version: `moved` where it is another by now, `absent` where there is nobody. */
export type WriteOutcome = { readonly version: number } | 'moved' | 'absent';

/** Why a write cannot be made. */
export type Conflict = 'erased' | 'ci_taken' | 'too_many_tags';

/** What writing a member would do. */
export interface Comparison {
  readonly person: Person;
  /** The index of the CI in the write. */
  readonly ci: string | null;
  readonly effect: 'added' | 'changed' | 'unchanged' | Conflict;
}

/** The truth about members. */
export interface MemberDirectory {
  /**
   * Writes members, each under the version after its last, together with their changes, all or none.
   * @throws MemberConflictError where a CI belongs to another member, or a member was erased
   */
  upsert(members: readonly MemberWrite[], atMs: number, step?: FeedStep): Promise<MemberVersion[]>;
  /** Writes the facts of somebody who is a member, and the identity where one is given. @throws MemberConflictError */
  replace(
    person: Person,
    facts: MemberFacts,
    identity: MemberIdentity | undefined,
    expected: number | null,
    atMs: number,
  ): Promise<WriteOutcome>;
  /** What {@link MemberDirectory.upsert} of each would do now; writes nothing. */
  compare(members: readonly MemberWrite[]): Promise<Comparison[]>;
  setStatus(
    person: Person,
    status: MemberFacts['status'],
    expected: number | null,
    atMs: number,
    step?: FeedStep,
  ): Promise<WriteOutcome>;
  /** Cuts everything that tells who the person was, and leaves a tombstone under the HMAC, and a proof. */
  erase(person: Person, expected: number | null, atMs: number, step?: FeedStep): Promise<WriteOutcome>;
  /** How far a feed is, or null before it begins. */
  feed(name: string): Promise<{ readonly lastSequence: number; readonly updatedAt: number } | null>;
  /** Moves a feed without a change. @throws FeedMovedError */
  stepFeed(step: FeedStep): Promise<void>;

  get(person: Person): Promise<MemberRecord | null>;
  list(filter: MemberFilter): Promise<MemberRecord[]>;
  lookUp(name: MemberName): Promise<MemberRecord[]>;
  findByKey(merchantUserKey: string): Promise<IdentifiedMember | null>;
  findByCi(ci: string): Promise<IdentifiedMember | null>;
  /** Everybody with this phone number, which several people may have. */
  findByPhone(phoneNumber: string): Promise<IdentifiedMember[]>;
  /** The keys of people; whoever is not a member is left out. */
  keysOf(people: readonly Person[]): Promise<Map<Person, string>>;

  /** The oldest changes that the guard has not confirmed, in order. */
  undelivered(limit: number): Promise<MemberChange[]>;
  markDelivered(sequences: readonly number[], atMs: number): Promise<void>;
  /** Changes in order, with the keys of those who are members still. */
  changesAfter(
    sequence: number,
    limit: number,
  ): Promise<(MemberChange & { readonly merchantUserKey: string | null })[]>;
}

/** What moves a feed of changes from one number to another, in the transaction of what the numbers stand for. */
export interface FeedStep {
  readonly feed: string;
  /** Null: wherever it stands. */
  readonly from: number | null;
  readonly to: number;
  readonly atMs: number;
}

/** Another push of the same feed was first; nothing was written. */
export class FeedMovedError extends Error {
  override readonly name = 'FeedMovedError';
}

/** A write that cannot be made for some of the members of a call; `positions` are indexes in it. */
export class MemberConflictError extends Error {
  override readonly name = 'MemberConflictError';
  readonly kind: 'ci_taken' | 'erased';
  readonly positions: readonly number[];

  constructor(kind: MemberConflictError['kind'], positions: readonly number[]) {
    super(kind === 'erased' ? 'a member was erased' : 'a CI belongs to one member');
    this.kind = kind;
    this.positions = positions;
  }
}
