/** When somebody will be let in, with the guard's state: against walking on minute by minute with the guard itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionKeys } from '../src/admission-keys.ts';
import { nextPermittedMs } from '../src/analysis/index.ts';
import { MINUTE_MS } from '../src/civil-time.ts';
import {
  admit,
  type CompiledRelease,
  decide,
  type GuardView,
  type Question,
  type ReleaseInput,
} from '../src/index.ts';
import { MemoryGuard } from '../src/memory-guard.ts';
import { club } from './club.ts';
import { enough, runs } from './fuzz-share.ts';
import { member, seoul } from './venue.ts';

const HOUR = 60;
const WALK_MINUTES = 40 * HOUR;
const start = seoul('2026-12-04 15:00');

type AreaInput = NonNullable<ReleaseInput['areas']>[number];
type RuleInput = NonNullable<ReleaseInput['rules']>[number];

const area = fc.oneof(
  ...['00:00', '04:30', '23:59'].flatMap((resetAt) =>
    [1, 2, 100].map((maxOccupancy) =>
      fc.constantFrom<Partial<AreaInput>[]>(
        { resetAt, maxOccupancy, antiPassback: { mode: 'hard' } },
        { resetAt, maxOccupancy, antiPassback: { mode: 'hard', forgetAfterSeconds: 90 * 60 } },
        { resetAt, maxOccupancy, antiPassback: { mode: 'hard', exits: 'enforce' } },
        { resetAt, maxOccupancy },
        { resetAt, maxOccupancy, firstPerson: { groups: ['hosts'] } },
        { resetAt, maxOccupancy, twoPerson: { withinSeconds: 120 }, antiPassback: { mode: 'hard' } },
      ),
    ),
  ),
);
const rule = fc.constantFrom<Partial<RuleInput>[]>(
  {},
  { quota: { max: 1, per: 'day' } },
  { quota: { max: 2, per: 'week' } },
  { validFrom: '2026-12-05' },
  { validFrom: '2026-12-06', validUntil: '2026-12-07', quota: { max: 1, per: 'day' } },
  { validUntil: '2026-12-05T20:00:00+09:00', quota: { max: 1, per: 'day' } },
);
const who = fc.constantFrom('a', 'b', 'h', 'v');
const door = fc.constantFrom('in', 'in', 'out');
const minutesAhead = fc.integer({ min: 1, max: 30 * HOUR });
const ends = fc.option(minutesAhead, { nil: null, freq: 6 });

const worlds = fc.record({
  area,
  rule,
  steps: fc.array(fc.tuple(who, door, fc.integer({ min: 0, max: 60 })), { maxLength: 12 }),
  mode: fc.option(fc.tuple(fc.constantFrom('lockdown' as const, 'evacuate' as const), ends), { freq: 2 }),
  deny: fc.option(fc.tuple(who, ends), { freq: 2 }),
  pass: fc.option(
    fc.record({ who, from: minutesAhead, length: ends, zones: fc.constantFrom(['in'], ['in', 'out']) }),
    { freq: 3 },
  ),
  asked: fc.tuple(who, door),
});

function groupsOf(key: string): string[] {
  if (key === 'v') return [];
  return key === 'h' ? ['hosts'] : ['members'];
}

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/** A guard after some hours of questions, with what runs out by itself. */
function guardAfter({ steps, mode, deny, pass }: World, compiled: CompiledRelease) {
  const guard = new MemoryGuard();
  let nowMs = start;
  for (const [key, at, minutes] of steps) {
    nowMs += minutes * MINUTE_MS;
    const question = { merchantUserKey: key, params: { door: at } };
    guard.ask(compiled, member({ merchantUserKey: key, groups: groupsOf(key) }), question, nowMs);
  }
  const after = (minutes: number | null): number | null =>
    minutes === null ? null : nowMs + minutes * MINUTE_MS;
  if (mode !== null) {
    guard.setMode({ siteId: 'club', mode: mode[0], untilMs: after(mode[1]), exemptGroups: null });
  }
  if (deny !== null) {
    const subject = { kind: 'member', merchantUserKey: deny[0] } as const;
    guard.addDeny({ id: 'd', subject, zones: null, untilMs: after(deny[1]) });
  }
  if (pass !== null) {
    const validFromMs = after(pass.from);
    const validUntilMs = pass.length === null ? null : after(pass.from + pass.length);
    const right = { id: 'p', merchantUserKey: pass.who, zones: pass.zones, maxUses: 1, uses: 0 };
    guard.addPass({ ...right, validFromMs, validUntilMs });
  }
  return { guard, nowMs };
}

describe('nextPermittedMs, with the guard’s state', () => {
  it('is the minute that walking minute by minute finds', () => {
    const met: Record<string, number> = {};
    fc.assert(
      fc.property(worlds, (world) => {
        const compiled = club(world.area, world.rule);
        const { guard, nowMs } = guardAfter(world, compiled);
        const [key, at] = world.asked;
        const who = member({ merchantUserKey: key, groups: groupsOf(key) });
        const question: Question = { merchantUserKey: key, params: { door: at } };
        const viewAt = (atMs: number): GuardView => {
          const verdict = decide(compiled, who, question, atMs);
          const view = guard.view(admissionKeys(compiled, verdict, question, who, atMs), 'd');
          // Asking again is no waiting.
          return { ...view, lastPermit: null };
        };
        const judge = (atMs: number) =>
          admit(compiled, decide(compiled, who, question, atMs), question, who, viewAt(atMs), atMs).decision;
        const next =
          nextPermittedMs(compiled, who, question, nowMs, viewAt(nowMs)) ?? Number.POSITIVE_INFINITY;
        let minutes = 0;
        while (minutes <= WALK_MINUTES && judge(nowMs + minutes * MINUTE_MS).effect === 'deny') minutes += 1;
        if (minutes > WALK_MINUTES) expect(next).toBeGreaterThan(nowMs + WALK_MINUTES * MINUTE_MS);
        else expect(next).toBe(nowMs + minutes * MINUTE_MS);
        const { reason } = judge(nowMs);
        const waits = minutes > 0 && minutes <= WALK_MINUTES;
        if (waits) met[reason] = (met[reason] ?? 0) + 1;
      }),
      { numRuns: runs(1500) },
    );
    // Each of these has been waited for.
    const waitedFor = [
      'site_lockdown',
      'site_evacuation',
      'deny_listed',
      'quota_spent',
      'anti_passback',
      'area_full',
      'no_grant',
      'grant_not_in_force',
    ];
    expect(
      waitedFor.filter((reason) => (met[reason] ?? 0) <= enough(5)).map((r) => `${r}: ${met[r] ?? 0}`),
    ).toEqual([]);
  });
});
