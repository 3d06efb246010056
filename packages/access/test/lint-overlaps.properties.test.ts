/** What lint finds by looking in few places, whatever the release: the same as by comparing each with each. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, mayCover, reachOf } from '../src/analysis/rule-covers.ts';
import { firstMeeting, zonesAround } from '../src/analysis/zone-overlaps.ts';
import { compile, decide, type Question } from '../src/index.ts';
import { parseRelease } from '../src/schema/index.ts';
import { releaseInput } from './arbitrary-release.ts';
import { enough, runs } from './fuzz-share.ts';

/** Every device the zones of these releases can tell apart. */
const DEVICES: readonly Question['params'][] = [undefined, 1, 2, 3, '로비', 'elsewhere'].flatMap((floor) =>
  [undefined, 'A', 'B', 'C', 'elsewhere'].map((gate) => ({ floor, gate })),
);

describe('zones', () => {
  it('lie around a zone where all its devices match them, and meet it where one does', () => {
    const met = { around: 0, meeting: 0, apart: 0 };
    fc.assert(
      fc.property(releaseInput, (input) => {
        const compiled = compile(parseRelease(input));
        const zones = [...compiled.zones.byId.values()];
        // Asked at every site, as a question that names one is.
        const devicesOf = new Map(zones.map(({ id }) => [id, new Set<number>()]));
        for (const { id: siteId } of input.sites) {
          for (const [device, params] of DEVICES.entries()) {
            const question = { merchantUserKey: 'm', params, siteId };
            for (const id of decide(compiled, null, question, 0).zoneIds) devicesOf.get(id)?.add(device);
          }
        }
        const devices = (id: string) => devicesOf.get(id) ?? new Set<number>();
        const around = zonesAround(compiled);
        const meeting = firstMeeting(zones);
        for (const zone of zones) {
          const others = zones.filter((other) => other !== zone);
          const wider = others.filter(
            ({ id, siteId }) =>
              siteId === zone.siteId && [...devices(zone.id)].every((device) => devices(id).has(device)),
          );
          const [itself, ...found] = around(zone);
          expect(itself).toBe(zone);
          expect(new Set(found)).toEqual(new Set(wider));
          expect(found.length).toBe(wider.length);
          met.around += wider.length;
          for (const accepted of [others, others.slice(1), others.slice(2)]) {
            const first = accepted.find(({ id }) =>
              [...devices(zone.id)].some((device) => devices(id).has(device)),
            );
            expect(meeting(zone, (other) => accepted.includes(other))).toBe(first);
            met[first === undefined ? 'apart' : 'meeting'] += 1;
          }
        }
      }),
      { numRuns: runs(300) },
    );
    for (const times of Object.values(met)) expect(times).toBeGreaterThan(enough(100));
  });
});

describe('rules', () => {
  it('that cover another are among those that are compared with it', () => {
    let covering = 0;
    fc.assert(
      fc.property(releaseInput, (input) => {
        const compiled = compile(parseRelease(input));
        const reaches = compiled.release.rules.map(reachOf);
        const candidates = mayCover(compiled, reaches);
        for (const narrow of reaches) {
          const compared = candidates(narrow);
          expect(compared).not.toContain(narrow);
          for (const wide of reaches) {
            if (wide === narrow || !covers(compiled, wide, narrow)) continue;
            expect(compared).toContain(wide);
            covering += 1;
          }
        }
      }),
      { numRuns: runs(500) },
    );
    expect(covering).toBeGreaterThan(enough(100));
  });
});
