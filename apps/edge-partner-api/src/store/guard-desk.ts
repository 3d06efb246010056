import type { DecisionMessage, PersonReference, ReleaseHead } from '@facepass-kit/protocol';
import type { SiteModeCommand } from './guard/site-modes.ts';
import type { Person } from './member-directory.ts';

/** Somebody, or everybody in a group, who is kept out. */
export interface DenyRecord {
  readonly id: string;
  readonly subject:
    | { readonly kind: 'member'; readonly person: PersonReference }
    | { readonly kind: 'group'; readonly group: string };
  readonly zones: readonly string[] | null;
  readonly until: number | null;
  readonly reason: string;
}

/** A temporary right to come in. */
export interface PassRecord {
  readonly id: string;
  readonly person: PersonReference;
  readonly zones: readonly string[];
  readonly validFrom: number | null;
  readonly validUntil: number | null;
  readonly maxUses: number | null;
  readonly uses: number;
}

export interface SiteRecord {
  readonly siteId: string;
  readonly name: string | null;
  readonly mode: SiteModeCommand['mode'];
  readonly until: number | null;
  readonly reason: string | null;
  readonly setAt: number | null;
}

export interface AreaRecord {
  readonly areaId: string;
  readonly maxOccupancy: number | null;
  readonly inside: readonly { readonly person: Person; readonly since: number }[];
}

/** What the people who run the doors ask of the guard. Every verb is in force when it returns. */
export interface GuardDesk {
  sites(): Promise<SiteRecord[]>;
  /** False where the release in force has no such site. */
  setSiteMode(command: SiteModeCommand): Promise<boolean>;
  denies(): Promise<DenyRecord[]>;
  /** The ids among `deny` that the release in force does not know; empty where it was entered. */
  deny(deny: DenyRecord): Promise<string[]>;
  withdrawDeny(id: string): Promise<boolean>;
  passes(): Promise<PassRecord[]>;
  issuePass(pass: Omit<PassRecord, 'uses'>): Promise<string[]>;
  revokePass(id: string): Promise<boolean>;
  /** Null where the release in force has no such area. */
  area(areaId: string): Promise<AreaRecord | null>;
  /** Declares one person, or everybody, to be outside; how many that were, or null for an unknown area. */
  resetArea(areaId: string, person: PersonReference | null): Promise<number | null>;
  lastDecisions(limit: number): Promise<DecisionMessage[]>;
  /** Cuts what ties the guard's own records to an erased person. */
  forgetPerson(person: Person): Promise<void>;
  releases(limit: number): Promise<ReleaseHead[]>;
}
