import { AccessError } from '../access-error.ts';
import { minuteOfDay } from '../civil-time.ts';
import type { Area, Release, Site, Zone } from '../model.ts';
import { timeZoneOf } from '../time-zone.ts';
import type { CompiledArea, CompiledRelease } from './compiled.ts';
import { compileGroups } from './groups.ts';
import { byId, type IssueList, issueList } from './issue-list.ts';
import { compileMessages } from './messages.ts';
import { checkRules, ruleCompiler } from './rules.ts';
import { checkSchedules } from './schedules.ts';
import { compileScopes } from './scopes.ts';
import { compileZones } from './zones.ts';

/**
 * Checks a release in itself and makes it ready for questions: rules indexed by zone and subject, group
 * ancestors resolved, time-zone offsets tabulated, texts measured.
 *
 * @param release a document that fits the schema (`parseRelease` of `@facepass-kit/access/schema`)
 * @throws AccessError `invalid_release` naming everything that is wrong, with hints
 */
export function compile(release: Release): CompiledRelease {
  const issues = issueList();
  const sites = byId('site', 'sites', release.sites, issues);
  const groups = byId('group', 'groups', release.groups, issues);
  const zones = byId('zone', 'zones', release.zones, issues);
  const areas = byId('area', 'areas', release.areas, issues);
  const rules = byId('rule', 'rules', release.rules, issues);
  const known = {
    groups,
    zones,
    schedules: byId('schedule', 'schedules', release.schedules, issues),
    calendars: byId('calendar', 'calendars', release.calendars, issues),
  };
  const closures = compileGroups(release.groups, groups, issues);
  checkSites(release.sites, groups, issues);
  checkZones(release, sites, areas, issues);
  checkAreas(release.areas, groups, issues);
  checkSchedules(release, known.calendars, issues);
  checkRules(release.rules, known, issues);
  const texts = compileMessages(release, issues);
  if (issues.issues.length > 0) throw new AccessError('invalid_release', issues.issues);

  const siteOf = (zone: Zone): string => zone.site ?? onlySite(release);
  const timeZoneIn = (zone: Zone): string => sites.get(siteOf(zone))?.timeZone ?? '';
  const scopesOf = compileScopes(release.rules, release.zones, timeZoneIn, ruleCompiler(known));
  return {
    release,
    sites: new Map(
      release.sites.map((site) => [site.id, { id: site.id, site, zone: timeZoneOf(site.timeZone) }]),
    ),
    groups: closures,
    zones: compileZones(release, siteOf, scopesOf),
    areas: compileAreas(release, sites, siteOf),
    rules,
    texts,
    tagNames: new Set(release.rules.flatMap(({ who }) => Object.keys(who.tags ?? {}))),
  };
}

function onlySite(release: Release): string {
  return release.sites[0]?.id ?? '';
}

function checkSites(sites: readonly Site[], groups: ReadonlyMap<string, unknown>, issues: IssueList): void {
  for (const [position, site] of sites.entries()) {
    for (const [at, group] of site.exemptGroups.entries()) {
      issues.expectKnown('group', group, groups, ['sites', position, 'exemptGroups', at]);
    }
  }
}

function checkZones(
  release: Release,
  sites: ReadonlyMap<string, Site>,
  areas: ReadonlyMap<string, Area>,
  issues: IssueList,
): void {
  const siteOfArea = new Map<string, string>();
  for (const [position, zone] of release.zones.entries()) {
    const path = ['zones', position];
    if (zone.site !== undefined) issues.expectKnown('site', zone.site, sites, [...path, 'site']);
    else if (release.sites.length > 1) {
      issues.add(
        [...path, 'site'],
        `zone "${zone.id}" names no site`,
        'with several sites each zone names its own',
      );
    }
    if (zone.area === undefined) continue;
    issues.expectKnown('area', zone.area, areas, [...path, 'area']);
    const site = zone.site ?? onlySite(release);
    const other = siteOfArea.get(zone.area);
    if (other !== undefined && other !== site) {
      issues.add(
        [...path, 'area'],
        `area "${zone.area}" has doors at sites "${other}" and "${site}"`,
        'an area lies at one site',
      );
    }
    siteOfArea.set(zone.area, site);
  }
}

function checkAreas(areas: readonly Area[], groups: ReadonlyMap<string, unknown>, issues: IssueList): void {
  for (const [position, area] of areas.entries()) {
    for (const [at, group] of (area.firstPerson?.groups ?? []).entries()) {
      issues.expectKnown('group', group, groups, ['areas', position, 'firstPerson', 'groups', at]);
    }
    for (const [at, group] of area.bypassGroups.entries()) {
      issues.expectKnown('group', group, groups, ['areas', position, 'bypassGroups', at]);
    }
  }
}

function compileAreas(
  release: Release,
  sites: ReadonlyMap<string, Site>,
  siteOf: (zone: Zone) => string,
): ReadonlyMap<string, CompiledArea> {
  // All doors of an area are at one site.
  const siteOfArea = new Map(release.zones.map((zone) => [zone.area, siteOf(zone)]));
  const compiled = new Map<string, CompiledArea>();
  for (const area of release.areas) {
    const site = sites.get(siteOfArea.get(area.id) ?? onlySite(release));
    if (site === undefined) continue;
    compiled.set(area.id, {
      id: area.id,
      area,
      siteId: site.id,
      zone: timeZoneOf(site.timeZone),
      resetMinute: minuteOfDay(area.resetAt),
    });
  }
  return compiled;
}
