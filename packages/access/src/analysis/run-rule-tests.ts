import { admissionKeys, quotaCounters } from '../admission-keys.ts';
import { admit, type Decision } from '../admit.ts';
import { DAY_MS, dayNumber, MINUTE_MS, minuteOfDay } from '../civil-time.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { instantMsOf } from '../compile/rules.ts';
import { decide, type Verdict } from '../decide.ts';
import type { GuardView } from '../guard-view.ts';
import { matchZones } from '../match-zones.ts';
import type { Member, Question, RuleTest } from '../model.ts';
import { renderMessage } from '../render-message.ts';
import { instantOfLocal, type TimeZone } from '../time-zone.ts';

export interface RuleTestResult {
  readonly name: string;
  readonly passed: boolean;
  /** What was answered otherwise than expected, in words; empty where the test passed. */
  readonly problems: readonly string[];
  readonly decision: Decision;
}

/** Runs the tests a release brings along. A release whose tests fail should not be published. */
export function runRuleTests(compiled: CompiledRelease): readonly RuleTestResult[] {
  return (compiled.release.tests ?? []).map((test) => runOne(compiled, test));
}

function runOne(compiled: CompiledRelease, test: RuleTest): RuleTestResult {
  const question: Question = {
    merchantUserKey: test.member?.key ?? 'nobody',
    params: test.params,
    siteId: test.site,
  };
  const zone = timeZoneOf(compiled, question);
  const atMs = momentOf(test.at, zone);
  const member = memberOf(test, zone);
  const verdict = decide(compiled, member, question, atMs);
  const view = viewOf(compiled, verdict, question, member, test, atMs);
  const { decision } = admit(compiled, verdict, question, member, view, atMs);
  const problems = [...compare(test, decision), ...compareText(compiled, test, decision)];
  return { name: test.name, passed: problems.length === 0, problems, decision };
}

function compare({ expect }: RuleTest, decision: Decision): string[] {
  const problems: string[] = [];
  if (decision.effect !== expect.effect || (expect.reason ?? decision.reason) !== decision.reason) {
    const wanted = expect.reason === undefined ? expect.effect : `${expect.effect} (${expect.reason})`;
    problems.push(`expected ${wanted}, got ${decision.effect} (${decision.reason})`);
  }
  if (expect.rules !== undefined && expect.rules.toSorted().join() !== decision.ruleIds.toSorted().join()) {
    problems.push(`expected rules ${list(expect.rules)} to decide, got ${list(decision.ruleIds)}`);
  }
  return problems;
}

function compareText(compiled: CompiledRelease, { expect }: RuleTest, decision: Decision): string[] {
  const { customMessage } = renderMessage(compiled, decision);
  if (expect.shows === undefined || expect.shows === customMessage) return [];
  return [`expected the device to show "${expect.shows}", got ${JSON.stringify(customMessage)}`];
}

function list(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : ids.join(', ');
}

/** The time zone of the site asked about; of the first site where no zone matches. */
function timeZoneOf(compiled: CompiledRelease, question: Question): TimeZone {
  const match = matchZones(compiled.zones, question);
  const siteId = 'problem' in match ? question.siteId : match.zones[0].siteId;
  const [first] = compiled.sites.values();
  const site = (siteId === undefined ? undefined : compiled.sites.get(siteId)) ?? first;
  if (site === undefined) throw new Error('a release has at least one site');
  return site.zone;
}

function momentOf(text: string, zone: TimeZone): number {
  if (/(Z|[+-]\d{2}:\d{2})$/.test(text)) return Date.parse(text.replace(' ', 'T'));
  const [date = '', time = ''] = text.split(/[T ]/);
  const seconds = Number(time.slice('HH:MM:'.length) || 0);
  return instantOfLocal(zone, dayNumber(date) * DAY_MS + minuteOfDay(time) * MINUTE_MS + seconds * 1000);
}

function memberOf({ member }: RuleTest, zone: TimeZone): Member | null {
  if (member === undefined) return null;
  const { key, validFrom, validUntil, ...facts } = member;
  const instant = (text: string): string => new Date(instantMsOf(text, zone)).toISOString();
  return {
    ...facts,
    merchantUserKey: key,
    validFrom: validFrom === undefined ? undefined : instant(validFrom),
    validUntil: validUntil === undefined ? undefined : instant(validUntil),
    version: 1,
  };
}

/** The guard's state as the test gives it: ordinary and empty but for that. */
function viewOf(
  compiled: CompiledRelease,
  verdict: Verdict,
  question: Question,
  member: Member | null,
  { given = {} }: RuleTest,
  atMs: number,
): GuardView {
  const { merchantUserKey } = question;
  const keys = admissionKeys(compiled, verdict, question, member, atMs);
  const counters = quotaCounters(compiled, verdict, member, atMs);
  const enteredMs =
    given.insideForSeconds !== undefined
      ? atMs - given.insideForSeconds * 1000
      : given.inside === true
        ? atMs
        : null;
  const used = new Map(Object.entries(given.used ?? {}));
  return {
    decisionId: 'test',
    mode:
      given.mode === undefined || verdict.siteId === null
        ? null
        : { siteId: verdict.siteId, mode: given.mode, untilMs: null, exemptGroups: null },
    denies:
      given.denied === true
        ? [{ id: 'given', subject: { kind: 'member', merchantUserKey }, zones: null, untilMs: null }]
        : [],
    lastPermit: null,
    // Looked up in a map: a rule may be called `constructor`.
    counters: Object.fromEntries(counters.map(({ key, ruleId }) => [key, used.get(ruleId) ?? 0])),
    passes:
      given.pass === undefined
        ? []
        : [
            {
              id: 'given',
              merchantUserKey,
              zones: verdict.zoneIds,
              validFromMs: null,
              validUntilMs: null,
              maxUses: given.pass.maxUses ?? null,
              uses: given.pass.uses,
            },
          ],
    area:
      keys.area === null
        ? null
        : {
            presence: enteredMs === null ? null : { decisionId: 'entry', direction: 'in', atMs: enteredMs },
            recent: [],
            occupancy: given.occupancy ?? (enteredMs === null ? 0 : 1),
            firstPersonAtMs: given.firstPersonCame === true ? atMs : null,
            companions: given.companionAsked === true ? [{ merchantUserKey: 'companion', atMs }] : [],
          },
  };
}
