/**
 * Random histories at one room, asked of the guard and of a model that keeps nothing but the whole history and
 * works everything out from it each time.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../src/index.ts';
import { MemoryGuard } from '../src/memory-guard.ts';
import { club } from './club.ts';
import { enough, runs } from './fuzz-share.ts';
import { member, seoul } from './venue.ts';

const MAX_OCCUPANCY = 2;
const QUOTA = 2;
const REPEAT_MS = 10_000;
const start = seoul('2026-12-04 20:00');
const midnight = seoul('2026-12-05 00:00');

const PASS_USES = 2;
const PAIR_MS = 30_000;

/**
 * A strict room, one where only the quota and the number of people matter, and one that waits for a host and is
 * entered by two.
 */
const quota = { max: QUOTA, per: 'day' } as const;
const rooms = {
  strict: club({ antiPassback: { mode: 'hard', exits: 'enforce' }, maxOccupancy: MAX_OCCUPANCY }, { quota }),
  lenient: club({ maxOccupancy: MAX_OCCUPANCY }, { quota }),
  attended: club(
    { firstPerson: { groups: ['hosts'] }, twoPerson: { withinSeconds: PAIR_MS / 1000 } },
    { quota: { max: 2 * QUOTA, per: 'day' } },
  ),
};
type Room = keyof typeof rooms;

/** In no group: comes in by a pass. */
const VISITOR = 'v';
const HOST = 'h';

function groupsOf(who: string): string[] {
  if (who === VISITOR) return [];
  return who === HOST ? ['hosts'] : ['members'];
}

interface Happening {
  readonly id: string;
  readonly who: string;
  readonly door: 'in' | 'out';
  readonly atMs: number;
  readonly learnt: boolean;
  revoked: boolean;
}

interface World {
  readonly room: Room;
  nowMs: number;
  readonly history: Happening[];
  readonly suspended: Set<string>;
  /** Who asked last when at the door of two, as far as it counts. */
  readonly asked: Map<string, number>;
}

const dayOf = (atMs: number): boolean => atMs >= midnight;

function standing(world: World): Happening[] {
  return world.history
    .filter(({ revoked, atMs }) => !revoked && dayOf(atMs) === dayOf(world.nowMs))
    .map((happening, order) => ({ happening, order }))
    .sort((a, b) => a.happening.atMs - b.happening.atMs || a.order - b.order)
    .map(({ happening }) => happening);
}

function inside(world: World): Set<string> {
  const people = new Set<string>();
  for (const { who, door } of standing(world)) {
    if (door === 'in') people.add(who);
    else people.delete(who);
  }
  return people;
}

/** What ought to be answered, from the whole history. */
function expected(world: World, who: string, door: 'in' | 'out'): string {
  if (world.suspended.has(who)) return 'member_suspended';
  const own = standing(world).filter((happening) => happening.who === who);
  const last = own.at(-1);
  // Only the latest permit at a door is remembered; taking it back does not bring an earlier one back.
  const lastHere = world.history.filter((h) => !h.learnt && h.who === who && h.door === door).at(-1);
  const isYoung = lastHere !== undefined && world.nowMs - lastHere.atMs < REPEAT_MS;
  const isRepeat = isYoung && !lastHere.revoked && lastHere === last;
  if (isRepeat) return 'repeat';
  if (door === 'out') return last?.door === 'in' || world.room !== 'strict' ? 'permitted' : 'anti_passback';
  return spent(world, who) ?? expectedInRoom(world, who, last?.door === 'in');
}

/** Whether the rights of somebody are used up: the visitor's pass for good, a member's quota for the day. */
function spent(world: World, who: string): string | undefined {
  const entries = (happenings: readonly Happening[]): number =>
    happenings.filter((h) => h.who === who && h.door === 'in' && !h.learnt && !h.revoked).length;
  if (who === VISITOR) return entries(world.history) >= PASS_USES ? 'pass_used_up' : undefined;
  const max = world.room === 'attended' ? 2 * QUOTA : QUOTA;
  return entries(standing(world)) >= max ? 'quota_spent' : undefined;
}

function expectedInRoom(world: World, who: string, isInside: boolean): string {
  const permitted = who === VISITOR ? 'permitted_by_pass' : 'permitted';
  if (world.room !== 'attended') {
    if (isInside) return world.room === 'strict' ? 'anti_passback' : permitted;
    return inside(world).size >= MAX_OCCUPANCY ? 'area_full' : permitted;
  }
  const hostCame = standing(world).some((h) => h.who === HOST && h.door === 'in' && !h.learnt);
  if (!hostCame && who !== HOST) return 'first_person_needed';
  const companion = [...world.asked].some(([other, atMs]) => other !== who && world.nowMs - atMs < PAIR_MS);
  world.asked.set(who, world.nowMs);
  return companion || inside(world).size >= 2 ? permitted : 'second_person_needed';
}

type Command = fc.Command<World, MemoryGuard>;

const people = ['a', 'b', 'c', HOST, VISITOR];
// The host and the visitor are the rare cases of a venue, and the ones with most to go wrong.
const person = fc.constantFrom(...people, HOST, VISITOR, VISITOR);
const door = fc.constantFrom('in' as const, 'in' as const, 'out' as const);

let seen: Record<string, number> = {};

function asking(who: string, at: 'in' | 'out'): Command {
  return {
    check: () => true,
    run(world, guard) {
      const status = world.suspended.has(who) ? 'suspended' : 'active';
      const answer: Decision = guard.ask(
        rooms[world.room],
        member({ merchantUserKey: who, status, groups: groupsOf(who) }),
        { merchantUserKey: who, params: { door: at } },
        world.nowMs,
      );
      const want = expected(world, who, at);
      seen[want] = (seen[want] ?? 0) + 1;
      expect(answer.repeatOf === null ? answer.reason : 'repeat').toBe(want);
      if (want !== 'permitted' && want !== 'permitted_by_pass') return;
      const wasInside = inside(world).has(who);
      world.history.push({
        id: answer.decisionId,
        who,
        door: at,
        atMs: world.nowMs,
        learnt: false,
        revoked: false,
      });
      // Late news can tell of more people than were let in; a permit to enter never makes it too many.
      if (world.room !== 'attended' && at === 'in' && !wasInside) {
        expect(inside(world).size).toBeLessThanOrEqual(MAX_OCCUPANCY);
      }
    },
    toString: () => `${who} asks at the door ${at}`,
  };
}

function waiting(ms: number): Command {
  return {
    check: () => true,
    run(world) {
      world.nowMs += ms;
    },
    toString: () => `${ms} ms pass`,
  };
}

/** The mirror has seen all of the past and finds no entry for a permit; it may also say so twice. */
function revoking(which: number): Command {
  return {
    check: (world) => world.history.some(({ learnt }) => !learnt),
    run(world, guard) {
      const permits = world.history.filter(({ learnt }) => !learnt);
      const permit = permits[which % permits.length];
      if (permit === undefined) throw new Error('checked before');
      expect(guard.revoke(permit.id)).toBe(!permit.revoked);
      permit.revoked = true;
    },
    toString: () => `permit ${which} turns out unused`,
  };
}

/** The mirror brings an entry or exit nobody asked us about, some time after it happened. */
function learning(who: string, at: 'in' | 'out', agoMs: number): Command {
  return {
    check: () => true,
    run(world, guard) {
      const atMs = world.nowMs - agoMs;
      const id = `learnt-${world.history.length}`;
      guard.learn('room', who, at, atMs, id);
      world.history.push({ id, who, door: at, atMs, learnt: true, revoked: false });
      seen['learnt'] = (seen['learnt'] ?? 0) + 1;
    },
    toString: () => `${who} went ${at} ${agoMs} ms ago, as is learnt now`,
  };
}

function suspending(who: string): Command {
  return {
    check: () => true,
    run(world) {
      if (!world.suspended.delete(who)) world.suspended.add(who);
    },
    toString: () => `${who} is suspended, or no longer`,
  };
}

function guardWithPass(): MemoryGuard {
  const guard = new MemoryGuard();
  const validity = { validFromMs: null, validUntilMs: null };
  guard.addPass({
    id: 'p',
    merchantUserKey: VISITOR,
    zones: ['in'],
    ...validity,
    maxUses: PASS_USES,
    uses: 0,
  });
  return guard;
}

const commands = fc.commands(
  [
    // Questions come more often than anything else.
    ...Array.from({ length: 6 }, () => fc.tuple(person, door).map(([who, at]) => asking(who, at))),
    fc.constantFrom(1, 4_000, 9_999, 10_000, 60_000, 3_600_000).map(waiting),
    fc.nat(20).map(revoking),
    fc.tuple(person, door, fc.constantFrom(0, 1, 5_000, 60_000, 600_000)).map((args) => learning(...args)),
    person.map(suspending),
  ],
  { maxCommands: 60, size: 'max' },
);

describe('admit, against a model that knows the whole history', () => {
  it.each(['strict', 'lenient', 'attended'] as const)(
    'answers alike in a %s room over any history of questions, repeats, late news, revocations and suspensions',
    (room) => {
      seen = {};
      fc.assert(
        fc.property(commands, (history) => {
          const world: World = { room, nowMs: start, history: [], suspended: new Set(), asked: new Map() };
          fc.modelRun(() => ({ model: world, real: guardWithPass() }), history);
        }),
        { numRuns: runs(1500) },
      );
      // Every outcome has been met often enough for the agreement to mean something.
      const common = ['permitted', 'permitted_by_pass', 'repeat', 'learnt', 'member_suspended'];
      const outcomes = {
        strict: ['quota_spent', 'pass_used_up', 'area_full', 'anti_passback'],
        lenient: ['quota_spent', 'pass_used_up', 'area_full'],
        attended: ['first_person_needed', 'second_person_needed'],
      };
      for (const outcome of [...common, ...outcomes[room]]) {
        expect(seen[outcome] ?? 0, outcome).toBeGreaterThan(enough(30));
      }
    },
  );
});
