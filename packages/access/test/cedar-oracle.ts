import { type EntityJson, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { Release, ReleaseInput } from '../src/index.ts';
import type { Asked } from './arbitrary-release.ts';
import { naiveIsOpen } from './naive-schedule.ts';

/**
 * A release told to Cedar: one policy per rule and zone. What Cedar has no notion of, the wall clock, is put
 * into the context by the naive schedule; everything else Cedar works out itself.
 */
export interface CedarOracle {
  ask(asked: Asked): {
    readonly permitted: boolean;
    readonly ruleIds: readonly string[];
    readonly bare: boolean;
  };
}

type RuleInput = NonNullable<ReleaseInput['rules']>[number];
type ZoneInput = NonNullable<ReleaseInput['zones']>[number];

const POLICY_SET = 'release';

export function cedarOracle(input: ReleaseInput, parsed: Release): CedarOracle {
  const policies: Record<string, string> = {
    'member/known':
      'forbid (principal, action, resource) when { !context.leaving } unless { principal has status };',
    'member/active':
      'forbid (principal, action, resource) when { !context.leaving && principal has status && principal.status != "active" };',
    'member/from':
      'forbid (principal, action, resource) when { !context.leaving && principal has validFrom && context.now < principal.validFrom };',
    'member/until':
      'forbid (principal, action, resource) when { !context.leaving && principal has validUntil && context.now >= principal.validUntil };',
  };
  for (const rule of input.rules ?? []) {
    for (const zone of input.zones ?? []) {
      if (!rule.zones.includes(zone.id) && !rule.zones.includes('*')) continue;
      policies[`${rule.id}/${zone.id}`] = policyText(rule, zone, input);
    }
  }
  const answer = preparsePolicySet(POLICY_SET, { staticPolicies: policies });
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  const groups: EntityJson[] = (input.groups ?? []).map(({ id, parents = [] }) => ({
    uid: { type: 'Group', id },
    attrs: {},
    parents: parents.map((parent) => ({ type: 'Group', id: parent })),
  }));
  return { ask: (asked) => askCedar(asked, input, parsed, groups) };
}

function askCedar(asked: Asked, input: ReleaseInput, parsed: Release, groups: EntityJson[]) {
  const { member, question, atMs } = asked;
  const principal = { type: 'Member', id: question.merchantUserKey };
  const entities: EntityJson[] = [...groups];
  if (member !== null) {
    entities.push({
      uid: principal,
      attrs: {
        status: member.status,
        tags: Object.fromEntries(Object.entries(member.tags).map(([key, value]) => [key, text(value)])),
        ...(member.validFrom !== undefined && { validFrom: Date.parse(member.validFrom) }),
        ...(member.validUntil !== undefined && { validUntil: Date.parse(member.validUntil) }),
      },
      parents: member.groups.map((id) => ({ type: 'Group', id })),
    });
  }
  const params = Object.entries(question.params).flatMap(([key, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[key, text(value)] as const] : [],
  );
  const answer = statefulIsAuthorized({
    principal,
    action: { type: 'Action', id: 'enter' },
    resource: { type: 'Door', id: 'any' },
    context: {
      now: atMs,
      site: question.siteId ?? '',
      leaving: isLeaving(input, question.siteId, Object.fromEntries(params)),
      params: Object.fromEntries(params),
      dates: Object.fromEntries(zonesOf(input).map((zone) => [zone, dateNumber(zone, atMs)])),
      open: openNow(input, parsed, atMs),
    },
    preparsedPolicySetId: POLICY_SET,
    entities,
  });
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) throw new Error(JSON.stringify(diagnostics.errors));
  const deciding = diagnostics.reason.map((id) => id.split('/')[0] ?? '');
  return {
    permitted: decision === 'allow',
    ruleIds: [...new Set(deciding.filter((id) => id !== 'member'))].sort(),
    /** Denied by the member's own facts, whatever the rules say. */
    bare: deciding.includes('member'),
  };
}

function policyText(rule: RuleInput, zone: ZoneInput, input: ReleaseInput): string {
  const site = input.sites.find(({ id }) => id === zone.site);
  const schedule = input.schedules?.find(({ id }) => id === rule.schedule);
  const datesIn = rule.timeZone ?? site?.timeZone ?? '';
  const conditions = [`context.site == ${quote(zone.site ?? '')}`];
  for (const [key, values] of Object.entries(zone.match)) {
    conditions.push(`context.params has ${key} && ${among(values)}.contains(context.params.${key})`);
  }
  const { groups, members, tags = {}, except } = rule.who;
  const subject = [
    ...(groups ?? []).map((id) => `principal in Group::${quote(id)}`),
    ...(members ?? []).map((id) => `principal == Member::${quote(id)}`),
  ];
  if (subject.length > 0) conditions.push(`(${subject.join(' || ')})`);
  for (const [key, values] of Object.entries(tags)) {
    conditions.push(
      `principal has tags && principal.tags has ${key} && ${among(values)}.contains(principal.tags.${key})`,
    );
  }
  for (const id of except?.groups ?? []) conditions.push(`!(principal in Group::${quote(id)})`);
  for (const id of except?.members ?? []) conditions.push(`principal != Member::${quote(id)}`);
  if (rule.validFrom !== undefined)
    conditions.push(`${momentOf(rule.validFrom, datesIn)} >= ${numberOf(rule.validFrom)}`);
  if (rule.validUntil !== undefined)
    conditions.push(`${momentOf(rule.validUntil, datesIn)} < ${numberOf(rule.validUntil)}`);
  if (schedule !== undefined) {
    conditions.push(`context.open.contains(${quote(`${schedule.id} ${scheduleZone(rule, site, input)}`)})`);
  }
  return `${rule.effect} (principal, action, resource) when { ${conditions.join(' && ')} };`;
}

/** The zones that match, those with most conditions first; the first that says which way it leads counts. */
function isLeaving(
  input: ReleaseInput,
  siteId: string | undefined,
  params: Readonly<Record<string, string>>,
): boolean {
  const matching = (input.zones ?? []).filter(
    ({ site, match }) =>
      site === siteId &&
      Object.entries(match).every(([key, values]) =>
        [values].flat().some((value) => text(value) === params[key]),
      ),
  );
  const bySpecificity = [2, 1, 0].flatMap((count) =>
    matching.filter(({ match }) => Object.keys(match).length === count),
  );
  return bySpecificity.find(({ direction }) => direction !== undefined)?.direction === 'out';
}

/** A date is compared with the date on the wall, an instant with the instant. */
function momentOf(edge: string, timeZone: string): string {
  return edge.length === 10 ? `context.dates[${quote(timeZone)}]` : 'context.now';
}

function numberOf(edge: string): number {
  return edge.length === 10 ? Number(edge.replaceAll('-', '')) : Date.parse(edge);
}

function dateNumber(timeZone: string, atMs: number): number {
  return Number(wallDate(timeZone).format(atMs).replaceAll('-', ''));
}

const wallDates = new Map<string, Intl.DateTimeFormat>();

function wallDate(timeZone: string): Intl.DateTimeFormat {
  const known = wallDates.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  wallDates.set(timeZone, known);
  return known;
}

function zonesOf(input: ReleaseInput): string[] {
  const zones = [...input.sites, ...(input.rules ?? []), ...(input.schedules ?? [])].map(
    ({ timeZone }) => timeZone,
  );
  return [...new Set(zones.filter((zone) => zone !== undefined))];
}

function openNow(input: ReleaseInput, parsed: Release, atMs: number): string[] {
  const asked = new Set(
    (input.rules ?? []).flatMap((rule) =>
      input.sites.map((site) => JSON.stringify([rule.schedule, scheduleZone(rule, site, input)])),
    ),
  );
  return [...asked].flatMap((pair) => {
    // Written four lines above.
    const [id, timeZone] = JSON.parse(pair) as [string | null, string];
    const schedule = parsed.schedules.find((each) => each.id === id);
    const isOpen = schedule !== undefined && naiveIsOpen(schedule, parsed.calendars, timeZone, atMs);
    return isOpen ? [`${id} ${timeZone}`] : [];
  });
}

function scheduleZone(
  rule: RuleInput,
  site: ReleaseInput['sites'][number] | undefined,
  input: ReleaseInput,
): string {
  const schedule = input.schedules?.find(({ id }) => id === rule.schedule);
  return rule.timeZone ?? schedule?.timeZone ?? site?.timeZone ?? '';
}

function among(values: unknown): string {
  return `[${[values]
    .flat()
    .map((value) => quote(text(value)))
    .join(', ')}]`;
}

function text(value: unknown): string {
  return String(value).normalize('NFC');
}

function quote(value: string): string {
  return JSON.stringify(value);
}
