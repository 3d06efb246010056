/**
 * Random histories at one room, asked of the guard and of a model that keeps nothing but the whole history and
 * works everything out from it each time.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryGuard } from '../src/memory-guard.ts';
import { enough, runs } from './fuzz-share.ts';
import {
  BOTH,
  CLEANER,
  type Door,
  expected,
  groupsOf,
  HOST,
  inside,
  type Passing,
  PEOPLE,
  type RoomName,
  rooms,
  VISITOR,
  type World,
} from './naive-room.ts';
import { member, seoul } from './venue.ts';

type Command = fc.Command<World, MemoryGuard>;

// The host and the visitor are the rare cases of a venue, and the ones with most to go wrong.
const person = fc.constantFrom(...PEOPLE, BOTH, HOST, VISITOR, VISITOR);
const door = fc.constantFrom('in' as const, 'in' as const, 'out' as const);

let seen: Record<string, number> = {};

function note(what: string): void {
  seen[what] = (seen[what] ?? 0) + 1;
}

function ask(world: World, guard: MemoryGuard, who: string, at: Door): void {
  const { compiled, maxOccupancy } = rooms[world.room];
  const status = world.suspended.has(who) ? 'suspended' : 'active';
  const answer = guard.ask(
    compiled,
    member({ merchantUserKey: who, status, groups: groupsOf(world, who) }),
    { merchantUserKey: who, params: { door: at } },
    world.nowMs,
  );
  const want = expected(world, who, at);
  for (const what of [want.answer, ...want.noticed]) note(what);
  expect(answer.repeatOf === null ? answer.reason : 'repeat').toBe(want.answer);
  if (want.answer === 'repeat') expect(answer.repeatOf).toBe(want.repeats?.id);
  const id = answer.repeatOf ?? answer.decisionId;
  if (want.asks) world.marks.push({ id, who, atMs: world.nowMs });
  if (answer.effect === 'deny' || (want.repeats !== null && !want.again)) return;
  const wasInside = inside(world).has(who);
  world.history.push({
    id,
    who,
    door: at,
    atMs: world.nowMs,
    grant: want.grant,
    kind: kindOf(want),
    revoked: false,
  });
  // Late news can tell of more people than were let in; a permit to enter never makes it too many.
  if (at === 'in' && !wasInside) expect(inside(world).size).toBeLessThanOrEqual(maxOccupancy);
}

function asking(who: string, at: Door): Command {
  return {
    check: () => true,
    run: (world, guard) => ask(world, guard, who, at),
    toString: () => `${who} asks at the door ${at}`,
  };
}

/** As people do whose face is seen twice. */
function askingAgain(which: number): Command {
  return {
    check: (world) => permitsOf(world).length > 0,
    run(world, guard) {
      const { who, door: at } = latestPermit(world, which);
      ask(world, guard, who, at);
    },
    toString: () => `who was permitted ${which} ago asks again`,
  };
}

function kindOf({ answer, again }: ReturnType<typeof expected>): Passing['kind'] {
  if (answer === 'evacuation_exit') return 'evacuated';
  return again ? 'again' : 'permit';
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

function permitsOf({ history }: World): Passing[] {
  return history.filter(({ kind }) => kind === 'permit' || kind === 'evacuated');
}

function latestPermit(world: World, which: number): Passing {
  const permits = permitsOf(world);
  const permit = permits.at(-1 - (which % Math.min(3, permits.length)));
  if (permit === undefined) throw new Error('checked before');
  return permit;
}

/** The mirror has seen all of the past and finds no entry for a permit; it may also say so twice. */
function revoking(which: number): Command {
  return {
    check: (world) => permitsOf(world).length > 0,
    run(world, guard) {
      const permits = permitsOf(world);
      const permit = permits[which % permits.length];
      if (permit === undefined) throw new Error('checked before');
      expect(guard.revoke(permit.id)).toBe(!permit.revoked);
      for (const passing of world.history) if (passing.id === permit.id) passing.revoked = true;
    },
    toString: () => `permit ${which} turns out unused`,
  };
}

function learn(world: World, guard: MemoryGuard, who: string, at: Door, atMs: number): void {
  const id = `learnt-${world.history.length}`;
  guard.learn('room', who, at, atMs, id);
  world.history.push({ id, who, door: at, atMs, kind: 'learnt', grant: null, revoked: false });
  note('learnt');
}

/** The mirror brings an entry or exit nobody asked us about, some time after it happened. */
function learning(who: string, at: Door, agoMs: number): Command {
  return {
    check: () => true,
    run: (world, guard) => learn(world, guard, who, at, world.nowMs - agoMs),
    toString: () => `${who} went ${at} ${agoMs} ms ago, as is learnt now`,
  };
}

/** The mirror brings the passing that a permit of ours was for; the device's clock may run a little late. */
function confirming(which: number, lagMs: number): Command {
  return {
    check: (world) => permitsOf(world).length > 0,
    run(world, guard) {
      const permit = latestPermit(world, which);
      learn(world, guard, permit.who, permit.door, Math.min(permit.atMs + lagMs, world.nowMs));
    },
    toString: () => `the permit ${which} ago was used after ${lagMs} ms`,
  };
}

function toggling(what: 'suspended' | 'listed' | 'withoutGroup', who: string): Command {
  return {
    check: () => true,
    run(world, guard) {
      const isNow = !world[what].delete(who);
      if (isNow) world[what].add(who);
      if (what !== 'listed') return;
      const subject = { kind: 'member', merchantUserKey: who } as const;
      if (!isNow) return guard.removeDeny(who);
      guard.addDeny({ id: who, subject, zones: null, untilMs: null });
      // Whoever is kept out from now on has asked for nobody.
      world.marks.splice(0, world.marks.length, ...world.marks.filter((mark) => mark.who !== who));
    },
    toString: () => `${who} is ${what}, or no longer`,
  };
}

function switching(mode: World['mode']): Command {
  return {
    check: () => true,
    run(world, guard) {
      // An hour of normal questions says more than an hour of refusals.
      world.mode = world.mode === 'normal' ? mode : 'normal';
      guard.setMode({ siteId: 'club', mode: world.mode, untilMs: null, exemptGroups: null });
    },
    toString: () => `the site goes into ${mode}, or back to normal`,
  };
}

/** A pass is withdrawn, and another one issued in its place. */
function renewing(who: string): Command {
  return {
    check: () => true,
    run(world, guard) {
      const pass = world.passes.findLast((each) => each.who === who && !each.withdrawn);
      if (pass !== undefined) {
        pass.withdrawn = true;
        guard.withdrawPass(pass.id);
      } else issue(world, guard, who);
    },
    toString: () => `${who} gets a pass, or loses it`,
  };
}

function issue(world: World, guard: MemoryGuard, who: string): void {
  const id = `p${world.passes.length}`;
  const always = { validFromMs: null, validUntilMs: null };
  guard.addPass({ id, merchantUserKey: who, zones: ['in'], ...always, maxUses: 2, uses: 0 });
  world.passes.push({ id, who, uses: 2, withdrawn: false });
}

const commands = fc.commands(
  [
    // Questions come more often than anything else.
    ...Array.from({ length: 9 }, () => fc.tuple(person, door).map(([who, at]) => asking(who, at))),
    fc.nat(2).map(askingAgain),
    fc.nat(2).map(askingAgain),
    fc.constantFrom(1, 1, 4_000, 4_000, 9_999, 10_000, 20_000, 60_000, 3_600_000).map(waiting),
    fc.nat(20).map(revoking),
    fc.tuple(person, door, fc.constantFrom(0, 1, 5_000, 60_000, 600_000)).map((args) => learning(...args)),
    fc.tuple(fc.nat(2), fc.constantFrom(0, 1, 1_000, 3_000)).map((args) => confirming(...args)),
    fc
      .tuple(fc.constantFrom('suspended' as const, 'listed' as const, 'withoutGroup' as const), person)
      .map((args) => toggling(...args)),
    fc.constantFrom('lockdown' as const, 'evacuate' as const).map(switching),
    fc.constantFrom(VISITOR, BOTH, CLEANER).map(renewing),
  ],
  { maxCommands: 60, size: 'max' },
);

/** An evening, and the last seconds before the reset. */
const starts = fc.constantFrom(
  seoul('2026-12-04 20:00'),
  seoul('2026-12-05 00:00') - 9_000,
  seoul('2026-12-05 00:00') - 4_000,
);

const always = [
  'permitted',
  'permitted_by_pass',
  'repeat',
  'repeat after news',
  'repeat across the reset',
  'right gone',
  'learnt',
  'member_suspended',
  'deny_listed',
  'no_grant',
  'pass_used_up',
  'site_lockdown',
  'site_evacuation',
  'evacuation_exit',
];
const outcomes: Record<RoomName, readonly string[]> = {
  strict: ['quota_spent', 'area_full', 'anti_passback'],
  lenient: ['quota_spent', 'area_full'],
  attended: ['first_person_needed', 'second_person_needed'],
  vault: ['second_person_needed', 'companion left', 'companion unused', 'area_full', 'quota_spent'],
};

describe('admit, against a model that knows the whole history', () => {
  it.each(['strict', 'lenient', 'attended', 'vault'] as const)(
    'answers alike in a %s room over any history of questions, repeats, late news, revocations and lost rights',
    (room) => {
      seen = {};
      fc.assert(
        fc.property(commands, starts, (history, nowMs) => {
          const guard = new MemoryGuard();
          const world: World = {
            room,
            nowMs,
            mode: 'normal',
            history: [],
            marks: [],
            suspended: new Set(),
            listed: new Set(),
            withoutGroup: new Set(),
            passes: [],
          };
          issue(world, guard, VISITOR);
          fc.modelRun(() => ({ model: world, real: guard }), history);
        }),
        { numRuns: runs(4000) },
      );
      // Every outcome has been met often enough for the agreement to mean something.
      const rare = [...always, ...outcomes[room]].filter((what) => (seen[what] ?? 0) < enough(3));
      expect(rare.map((what) => `${what}: ${seen[what] ?? 0}`)).toEqual([]);
    },
  );
});
