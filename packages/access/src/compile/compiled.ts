import type { Display } from '../display-limits.ts';
import type { Area, Direction, Release, Rule, Site } from '../model.ts';
import type { Reason } from '../reasons.ts';
import type { CompiledSchedule } from '../schedule.ts';
import type { TimeZone } from '../time-zone.ts';
import type { GroupClosures } from './groups.ts';
import type { Template } from './messages.ts';

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
  /** Every rule that names the zone, for analysis. */
  readonly rules: readonly CompiledRule[];
  readonly forbids: SubjectIndex;
  readonly permits: SubjectIndex;
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

/** Rules under one subject of one zone. */
export interface RuleList {
  /** Rules with no condition on tags and no exception: they stand or fall together with their time. */
  readonly bundles: readonly RuleBundle[];
  /** The others. */
  readonly single: readonly CompiledRule[];
}

/** Rules that apply at the same times. */
export interface RuleBundle {
  readonly schedule: CompiledSchedule | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly rules: readonly CompiledRule[];
  readonly ids: readonly string[];
  readonly mayRepeat: boolean;
}

export interface CompiledRule {
  readonly id: string;
  /** The id alone, as a list. */
  readonly ids: readonly string[];
  readonly effect: Rule['effect'];
  readonly tags: readonly ValueCondition[];
  readonly exceptGroups: readonly string[];
  readonly exceptMembers: ReadonlySet<string>;
  readonly schedule: CompiledSchedule | null;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whether it may be met more than once for one question, under several groups or zones. */
  readonly mayRepeat: boolean;
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
