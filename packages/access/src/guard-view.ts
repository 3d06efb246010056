import type { Direction } from './model.ts';

/** How a site is run at the moment. Set by an operator, kept by the guard. */
export interface SiteMode {
  readonly siteId: string;
  readonly mode: 'normal' | 'lockdown' | 'evacuate';
  /** From this instant on the site is back to normal by itself; null means until somebody says so. */
  readonly untilMs: number | null;
  /** Groups not stopped, in place of the site's own `exemptGroups`; null means those. */
  readonly exemptGroups: readonly string[] | null;
}

/** Keeps a member, or everyone in a group, out, whatever the rules permit. */
export interface DenyEntry {
  readonly id: string;
  readonly subject:
    | { readonly kind: 'member'; readonly merchantUserKey: string }
    | { readonly kind: 'group'; readonly group: string };
  /** Zones it is about; null means all. */
  readonly zones: readonly string[] | null;
  /** First instant at which it no longer holds. */
  readonly untilMs: number | null;
}

/** A visitor's or another temporary right to come in. A forbid rule and a deny entry are stronger. */
export interface Pass {
  readonly id: string;
  readonly merchantUserKey: string;
  readonly zones: readonly string[];
  readonly validFromMs: number | null;
  readonly validUntilMs: number | null;
  /** null means as often as wanted. */
  readonly maxUses: number | null;
  readonly uses: number;
}

/** A permit that a question may turn out to repeat. */
export interface LastPermit {
  readonly decisionId: string;
  readonly atMs: number;
  /**
   * What gave the right to it: the rule whose quota it counts against, a pass, or null for rules that count nothing.
   * Not there in what was kept before permits said so: like null, never the same permit where something is counted.
   */
  readonly grant?: CountedGrant | null;
}

/** A right of which something is spent, or that may be taken away by itself. */
export type CountedGrant =
  | { readonly kind: 'rule'; readonly ruleId: string }
  | { readonly kind: 'pass'; readonly passId: string };

/** A member going into or out of an area, at the time it happened. */
export interface PresenceEvent {
  readonly decisionId: string;
  readonly direction: Direction;
  readonly atMs: number;
}

/** What the guard knows of the area of a question. */
export interface AreaView {
  /** The member's own latest event by event time, also from before the last reset; null when there is none. */
  readonly presence: PresenceEvent | null;
  /**
   * The member's own events since `repeat.sinceMs` of the keys, in order; of two at one time the later known is
   * later. Also from before the last reset. Empty where the keys name no repeat.
   */
  readonly recent: readonly PresenceEvent[];
  /** Members whose latest event since `area.sinceMs` is `in`. */
  readonly occupancy: number;
  /** When somebody of the first-person groups was first let in since then. */
  readonly firstPersonAtMs: number | null;
  /**
   * Others who asked since `area.companionsSinceMs` of the keys, but for those whose latest event is an `out` at
   * or after their asking: whoever has left stands at no door. A guard forgets the asking of whoever is suspended or
   * put on a deny list since.
   */
  readonly companions: readonly { readonly merchantUserKey: string; readonly atMs: number }[];
}

/** The slice of the guard's state one question depends on: what `admissionKeys` names, and nothing else. */
export interface GuardView {
  /** Id for the decision about to be made, drawn by the guard. */
  readonly decisionId: string;
  readonly mode: SiteMode | null;
  /** Entries for the member or one of `groups`; those that no longer hold may be among them. */
  readonly denies: readonly DenyEntry[];
  readonly lastPermit: LastPermit | null;
  /** Entries counted so far, by counter key; absent means none. */
  readonly counters: Readonly<Record<string, number>>;
  readonly passes: readonly Pass[];
  /** null where the keys name no area. */
  readonly area: AreaView | null;
}

/**
 * What a decision changes. The guard writes all changes of one decision, the decision itself and its outbox
 * row in one transaction, and keeps them by decision id so that `revoke` can take them back.
 */
export type Change =
  /** The latest permit of a member at a zone: replaces an earlier one. */
  | {
      readonly kind: 'permit';
      readonly decisionId: string;
      readonly merchantUserKey: string;
      readonly zoneId: string;
      readonly atMs: number;
      readonly grant: CountedGrant | null;
      /** After this instant nobody asks for it any more. */
      readonly expiresAtMs: number;
    }
  /** One more entry under a counter. */
  | { readonly kind: 'count'; readonly key: string; readonly by: 1 | -1; readonly expiresAtMs: number | null }
  | { readonly kind: 'pass'; readonly passId: string; readonly by: 1 | -1 }
  /** An event to be added to the member's events in an area; their order is that of `atMs`. */
  | {
      readonly kind: 'presence';
      readonly decisionId: string;
      readonly areaId: string;
      readonly merchantUserKey: string;
      readonly direction: Direction;
      readonly atMs: number;
    }
  /** Somebody of the first-person groups was let into the area. */
  | {
      readonly kind: 'firstPerson';
      readonly decisionId: string;
      readonly areaId: string;
      readonly atMs: number;
    }
  /** Somebody asked at an area entered by two: replaces their earlier asking. */
  | {
      readonly kind: 'companion';
      readonly decisionId: string;
      readonly areaId: string;
      readonly merchantUserKey: string;
      readonly atMs: number;
      readonly expiresAtMs: number;
    }
  /** Takes back everything of a decision that is kept under its id: permit, presence, first person, companion. */
  | { readonly kind: 'forget'; readonly decisionId: string };
