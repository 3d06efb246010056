import type { Display } from '../display-limits.ts';
import type { Area, Direction, Release, Rule, Site } from '../model.ts';
import type { Reason } from '../reasons.ts';
import type { RuleList } from '../rule-list.ts';
import type { CompiledSchedule } from '../schedule.ts';
import type { TimeZone } from '../time-zone.ts';
import type { GroupClosures } from './groups.ts';
import type { Template } from './messages.ts';
import type { TagCondition } from './tags.ts';

/** A release made ready for questions. Built by `compile`; its inside is no contract. */
export interface CompiledRelease {
  readonly release: Release;
  readonly sites: ReadonlyMap<string, CompiledSite>;
  readonly groups: GroupClosures;
  readonly zones: ZoneIndex;
  readonly areas: ReadonlyMap<string, CompiledArea>;
  readonly rules: ReadonlyMap<string, Rule>;
  readonly texts: MessageIndex;
  /** Tags some rule asks for. */
  readonly tagNames: ReadonlySet<string>;
}

export interface CompiledSite {
  readonly id: string;
  readonly site: Site;
  readonly zone: TimeZone;
}

export interface ZoneIndex {
  readonly byId: ReadonlyMap<string, CompiledZone>;
  /** parameter → value → the zones that are looked for under it; every zone stands under one parameter only. */
  readonly byParam: ReadonlyMap<string, ReadonlyMap<string, readonly CompiledZone[]>>;
  /** Zones that match every device. */
  readonly everywhere: readonly CompiledZone[];
}

export interface CompiledZone {
  readonly id: string;
  readonly label: string;
  readonly siteId: string;
  readonly position: number;
  readonly conditions: readonly ValueCondition[];
  readonly direction: Direction | null;
  readonly areaId: string | null;
  readonly display: Display | null;
  /** Where its rules are found, each in one of them. */
  readonly scopes: readonly RuleScope[];
}

/**
 * Rules that concern the same zones: those of one zone alone, of a list of zones, or of all there are. What many
 * zones share stands here once, so that a release is as large as what was written, not as its rules times its zones.
 */
export interface RuleScope {
  readonly forbids: SubjectIndex;
  readonly permits: SubjectIndex;
  /** All of them, by id. */
  readonly rules: readonly CompiledRule[];
}

export interface ValueCondition {
  /** In NFC. */
  readonly key: string;
  readonly values: ReadonlySet<string>;
}

/** Rules by whom they are about, so that rules about others cost nothing. */
export interface SubjectIndex {
  readonly everyone: RuleList;
  readonly byGroup: ReadonlyMap<string, RuleList>;
  readonly byMember: ReadonlyMap<string, RuleList>;
}

/** A rule as it is in one time zone: dates and schedules are read on the wall clock of a site. */
export interface CompiledRule {
  readonly id: string;
  readonly effect: Rule['effect'];
  /** Null where the rule is about everybody it names. */
  readonly narrowing: Narrowing | null;
  readonly schedule: CompiledSchedule | null;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Number of the search that met it last: the one thing here that changes. */
  metIn: number;
}

/** Who of those that a rule names it is about: they have the tags, and are not excepted. */
export interface Narrowing {
  readonly tags: readonly TagCondition[];
  readonly exceptGroups: readonly string[];
  readonly exceptMembers: ReadonlySet<string>;
}

export interface CompiledArea {
  readonly id: string;
  readonly area: Area;
  readonly siteId: string;
  readonly zone: TimeZone;
  readonly resetMinute: number;
}

/** Texts by language and reason: the release's, and those of single rules. */
export interface MessageIndex {
  readonly release: ReadonlyMap<string, ReadonlyMap<Reason, MessageTemplates>>;
  readonly rules: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<Reason, MessageTemplates>>>;
}

export interface MessageTemplates {
  readonly code: string | null;
  readonly repeat: Template | null;
  readonly ticket: Template | null;
}
