import { DAY_MS, MINUTE_MS, mondayOf } from './civil-time.ts';
import { toNfc } from './comparable.ts';
import type { CompiledArea, CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { Member, Question, Rule } from './model.ts';
import { parseInstant } from './parse-instant.ts';
import { instantOfLocal, localMsAt, type TimeZone } from './time-zone.ts';

/** What the guard has to load for one question. */
export interface AdmissionKeys {
  readonly merchantUserKey: string;
  /** Site whose mode matters; null where no zone matched. */
  readonly siteId: string | null;
  /** Deny entries for the member or any of these groups matter. */
  readonly groups: readonly string[];
  /** The member's latest permit at this zone, if not before this instant. */
  readonly repeat: { readonly zoneId: string; readonly sinceMs: number } | null;
  /** Quota counters, by key. */
  readonly counters: readonly string[];
  /** Whether the member's passes matter: also beside a permit of the rules, so that a draft without it can be replayed. */
  readonly passes: boolean;
  readonly area: {
    readonly areaId: string;
    /** The last reset: presence and first person from before count no more. */
    readonly sinceMs: number;
    /** Others who asked since this instant are companions; null where the area is not entered by two. */
    readonly companionsSinceMs: number | null;
  } | null;
}

/** A quota and the counter under which a member's entries of the current period are counted. */
export interface QuotaCounter {
  readonly ruleId: string;
  readonly key: string;
  /** The period that is counted, as text. */
  readonly period: string;
  readonly max: number;
  readonly per: NonNullable<Rule['quota']>['per'];
  /** When the period began on the site's clock; null where it is no time of the calendar. */
  readonly sinceMs: number | null;
  /** When the period is over and the counter may be deleted; null where that is not known. */
  readonly expiresAtMs: number | null;
}

/** Denials that a pass can turn into a permit. */
const PASS_HELPS: ReadonlySet<string> = new Set(['no_grant', 'closed_now', 'grant_not_in_force']);

export function passCanHelp(verdict: Verdict): boolean {
  return PASS_HELPS.has(verdict.reason);
}

/** Names the state `admit` needs for a question, so that the guard loads only that. */
export function admissionKeys(
  compiled: CompiledRelease,
  verdict: Verdict,
  question: Question,
  member: Member | null,
  instantMs: number,
): AdmissionKeys {
  const counters = quotaCounters(compiled, verdict, member, instantMs);
  const repeatSeconds = siteOf(compiled, verdict)?.site.repeatSeconds ?? 0;
  const area = verdict.areaId === null ? undefined : compiled.areas.get(verdict.areaId);
  const mayPermit = verdict.effect === 'permit' || passCanHelp(verdict);
  const twoPerson = area?.area.twoPerson;
  return {
    merchantUserKey: toNfc(question.merchantUserKey),
    siteId: verdict.siteId,
    groups: verdict.groups,
    repeat:
      mayPermit && verdict.zoneId !== null && repeatSeconds > 0
        ? { zoneId: verdict.zoneId, sinceMs: instantMs - repeatSeconds * 1000 }
        : null,
    counters: counters.map(({ key }) => key),
    passes: mayPermit,
    area:
      area === undefined
        ? null
        : {
            areaId: area.id,
            sinceMs: lastResetMs(area, instantMs),
            companionsSinceMs: twoPerson === undefined ? null : instantMs - twoPerson.withinSeconds * 1000,
          },
  };
}

export function siteOf(compiled: CompiledRelease, verdict: Verdict) {
  return verdict.siteId === null ? undefined : compiled.sites.get(verdict.siteId);
}

/**
 * The quotas a permit hangs on: none when one of its rules has no quota, or when the person is leaving. Those
 * that are lost soonest come first.
 */
export function quotaCounters(
  compiled: CompiledRelease,
  verdict: Verdict,
  member: Member | null,
  instantMs: number,
): readonly QuotaCounter[] {
  const site = siteOf(compiled, verdict);
  if (verdict.effect !== 'permit' || verdict.direction === 'out' || site === undefined || member === null)
    return [];
  const counters: QuotaCounter[] = [];
  for (const ruleId of verdict.ruleIds) {
    const rule = compiled.rules.get(ruleId);
    if (rule?.quota === undefined) return [];
    counters.push(counterOf(rule, rule.quota, site.zone, member, instantMs));
  }
  return counters.sort((a, b) => PERIODS.indexOf(a.per) - PERIODS.indexOf(b.per));
}

const PERIODS = ['day', 'week', 'validity'] as const;

function counterOf(
  rule: Rule,
  quota: NonNullable<Rule['quota']>,
  zone: TimeZone,
  member: Member,
  instantMs: number,
): QuotaCounter {
  const counter = (period: string, sinceMs: number | null, expiresAtMs: number | null): QuotaCounter => ({
    ruleId: rule.id,
    key: JSON.stringify([rule.id, toNfc(member.merchantUserKey), period]),
    period,
    max: quota.max,
    per: quota.per,
    sinceMs,
    expiresAtMs,
  });
  if (quota.per === 'validity') {
    // A renewal, of the membership or of the rule, begins a new count; the same instant written otherwise does not.
    const since = [rule.validFrom, member.validFrom].map((edge) => (edge === undefined ? '' : written(edge)));
    return counter(`validity ${since.join('/')}`, null, null);
  }
  const today = Math.floor(localMsAt(zone, instantMs) / DAY_MS);
  const first = quota.per === 'day' ? today : mondayOf(today);
  const after = first + (quota.per === 'day' ? 1 : 7);
  return counter(
    `${quota.per} ${first}`,
    instantOfLocal(zone, first * DAY_MS),
    instantOfLocal(zone, after * DAY_MS),
  );
}

/** One text for one instant, whatever its offset; a date, which is no instant, is its own. */
function written(edge: string): string {
  const instantMs = parseInstant(edge);
  return Number.isNaN(instantMs) ? edge : new Date(instantMs).toISOString();
}

/** The last time at or before an instant at which an area was declared empty. */
export function lastResetMs(area: CompiledArea, instantMs: number): number {
  return Math.max(...resetsAround(area, instantMs).filter((resetMs) => resetMs <= instantMs));
}

/** The first time after an instant at which an area will be declared empty. */
export function nextResetMs(area: CompiledArea, instantMs: number): number {
  return Math.min(...resetsAround(area, instantMs).filter((resetMs) => resetMs > instantMs));
}

function resetsAround({ zone, resetMinute }: CompiledArea, instantMs: number): readonly number[] {
  const today = Math.floor(localMsAt(zone, instantMs) / DAY_MS);
  return [-1, 0, 1].map((days) => instantOfLocal(zone, (today + days) * DAY_MS + resetMinute * MINUTE_MS));
}
