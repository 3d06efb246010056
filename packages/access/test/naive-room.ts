/**
 * One room with a door in and a door out, as a plain reading of the rules has it: nothing is kept but the whole
 * history, and every answer is worked out from all of it.
 */
import { DAY_MS } from '../src/civil-time.ts';
import type { CompiledRelease } from '../src/index.ts';
import { club } from './club.ts';

const REPEAT_MS = 10_000;
const PAIR_MS = 30_000;
const OFFSET_MS = 9 * 60 * 60_000;

interface Room {
  readonly compiled: CompiledRelease;
  readonly quota: { readonly max: number; readonly per: 'day' | 'validity' };
  readonly maxOccupancy: number;
  readonly isStrict: boolean;
  readonly needsHost: boolean;
  readonly enteredByTwo: boolean;
  readonly bypass: string | null;
}

const paired = { twoPerson: { withinSeconds: PAIR_MS / 1000 } };
const daily = { max: 2, per: 'day' } as const;
const free = { isStrict: false, needsHost: false, enteredByTwo: false, bypass: null };

/**
 * A strict room; one where only the quota and the number of people matter; one that waits for a host and is
 * entered by two; and one entered by two, but for one person, with a quota that no midnight renews.
 */
export const rooms = {
  strict: {
    ...free,
    compiled: club({ antiPassback: { mode: 'hard', exits: 'enforce' }, maxOccupancy: 2 }, { quota: daily }),
    quota: daily,
    maxOccupancy: 2,
    isStrict: true,
  },
  lenient: { ...free, compiled: club({ maxOccupancy: 2 }, { quota: daily }), quota: daily, maxOccupancy: 2 },
  attended: {
    ...free,
    compiled: club({ ...paired, firstPerson: { groups: ['hosts'] } }, { quota: { max: 4, per: 'day' } }),
    quota: { max: 4, per: 'day' },
    maxOccupancy: Number.POSITIVE_INFINITY,
    needsHost: true,
    enteredByTwo: true,
  },
  vault: {
    ...free,
    compiled: club(
      { ...paired, maxOccupancy: 3, bypassGroups: ['cleaners'] },
      { quota: { max: 3, per: 'validity' } },
    ),
    quota: { max: 3, per: 'validity' },
    maxOccupancy: 3,
    enteredByTwo: true,
    bypass: 'cleaners',
  },
} satisfies Record<string, Room>;
export type RoomName = keyof typeof rooms;

export const HOST = 'h';
/** In no group: comes in by a pass. */
export const VISITOR = 'v';
export const CLEANER = 'k';
/** Somebody with rights by a rule and by a pass. */
export const BOTH = 'a';
export const PEOPLE = [BOTH, 'b', 'c', HOST, VISITOR, CLEANER] as const;

export type Door = 'in' | 'out';

/** Something that went through a door, as far as anybody knows. */
export interface Passing {
  /** The permit's, also where the same permit took its place again after a reset. */
  readonly id: string;
  readonly who: string;
  readonly door: Door;
  readonly atMs: number;
  readonly kind: 'permit' | 'again' | 'learnt' | 'evacuated';
  /** What a permit was given for: the quota, a pass, or nothing that counts. */
  readonly grant: string | null;
  revoked: boolean;
}

export interface Mark {
  readonly id: string;
  readonly who: string;
  readonly atMs: number;
}

export interface World {
  readonly room: RoomName;
  nowMs: number;
  mode: 'normal' | 'lockdown' | 'evacuate';
  readonly history: Passing[];
  /** Who asked at the door of two and could have come in, every time. */
  readonly marks: Mark[];
  readonly suspended: Set<string>;
  readonly listed: Set<string>;
  readonly withoutGroup: Set<string>;
  readonly passes: { readonly id: string; readonly who: string; readonly uses: number; withdrawn: boolean }[];
}

/** What ought to be answered, and what for. */
export interface Expected {
  readonly answer: string;
  readonly grant: string | null;
  /** Not stopped by anything but the want of another person: who asks next is not alone. */
  readonly asks: boolean;
  readonly repeats: Passing | null;
  /** The same permit, but the area was emptied in between and its place had to be taken again. */
  readonly again: boolean;
  /** Rare things that this answer hung on. */
  readonly noticed: readonly string[];
}

const dayOf = (atMs: number): number => Math.floor((atMs + OFFSET_MS) / DAY_MS);

/** What stands, in the order in which it happened; of two at one time, in the order in which it was learnt. */
function standing({ history }: World): Passing[] {
  return history.filter(({ revoked }) => !revoked).toSorted((a, b) => a.atMs - b.atMs);
}

const today = (world: World): Passing[] =>
  standing(world).filter(({ atMs }) => dayOf(atMs) === dayOf(world.nowMs));

export function inside(world: World): Set<string> {
  const people = new Set<string>();
  for (const { who, door } of today(world)) {
    if (door === 'in') people.add(who);
    else people.delete(who);
  }
  return people;
}

export function groupsOf(world: World, who: string): string[] {
  if (who === VISITOR || world.withoutGroup.has(who)) return [];
  if (who === CLEANER) return ['cleaners'];
  return who === HOST ? ['hosts'] : ['members'];
}

export function expected(world: World, who: string, door: Door): Expected {
  const plain = { grant: null, asks: false, repeats: null, again: false, noticed: [] };
  if (world.mode === 'evacuate') {
    return { ...plain, answer: door === 'out' ? 'evacuation_exit' : 'site_evacuation' };
  }
  if (door === 'in') {
    if (world.mode === 'lockdown') return { ...plain, answer: 'site_lockdown' };
    if (world.suspended.has(who)) return { ...plain, answer: 'member_suspended' };
    if (world.listed.has(who)) return { ...plain, answer: 'deny_listed' };
  }
  const before = repeated(world, who, door);
  const still = before !== null && rightStands(world, who, before);
  const noticed = before !== null && !still ? ['right gone'] : [];
  const right = still ? { grant: before.grant, denied: null } : rightOf(world, who, door);
  if (right.denied !== null) return { ...plain, noticed, answer: right.denied };
  const repeats = still ? before : null;
  const lastToday = today(world)
    .filter((passing) => passing.who === who)
    .at(-1);
  const again = repeats !== null && door === 'in' && lastToday === undefined;
  if (repeats !== null && !again) {
    const confirmed = world.history.some(
      (each) => each.kind === 'learnt' && each.who === who && !each.revoked && each.atMs >= repeats.atMs,
    );
    return { ...plain, repeats, answer: 'repeat', noticed: confirmed ? ['repeat after news'] : [] };
  }
  const room = door === 'out' ? leaving(world, who) : entering(world, who);
  const permitted = right.grant?.startsWith('p') ? 'permitted_by_pass' : 'permitted';
  return {
    grant: right.grant,
    repeats,
    again,
    asks: room.asks,
    noticed: [...noticed, ...room.noticed, ...(again ? ['repeat across the reset'] : [])],
    answer: room.denied ?? (again ? 'repeat' : permitted),
  };
}

/** The young permit that this question repeats, if nobody saw them go the other way since. */
function repeated(world: World, who: string, door: Door): Passing | null {
  // Only the latest permit at a door is remembered; taking it back does not bring an earlier one back.
  const last = world.history.findLast((h) => h.kind === 'permit' && h.who === who && h.door === door);
  if (last === undefined || last.revoked || world.nowMs - last.atMs >= REPEAT_MS) return null;
  const own = standing(world).filter((passing) => passing.who === who);
  const since = own.slice(own.findLastIndex(({ id }) => id === last.id));
  return since.every((passing) => passing.door === door) ? last : null;
}

function rightStands(world: World, who: string, { door, grant }: Passing): boolean {
  if (door === 'out') return true;
  if (grant === 'quota') return groupsOf(world, who).length > 0;
  return world.passes.some(({ id, withdrawn }) => id === grant && !withdrawn);
}

function rightOf(
  world: World,
  who: string,
  door: Door,
): { readonly grant: string | null; readonly denied: string | null } {
  if (door === 'out') return { grant: null, denied: null };
  const { max, per } = rooms[world.room].quota;
  const spentOn = (grant: string): Passing[] =>
    world.history.filter((h) => h.kind === 'permit' && h.who === who && h.grant === grant && !h.revoked);
  const isMember = groupsOf(world, who).length > 0;
  const counted = spentOn('quota').filter(({ atMs }) => per !== 'day' || dayOf(atMs) === dayOf(world.nowMs));
  if (isMember && counted.length < max) return { grant: 'quota', denied: null };
  const passes = world.passes.filter((pass) => pass.who === who && !pass.withdrawn);
  const pass = passes.find(({ id, uses }) => spentOn(id).length < uses);
  if (pass !== undefined) return { grant: pass.id, denied: null };
  if (isMember) return { grant: null, denied: 'quota_spent' };
  return { grant: null, denied: passes.length > 0 ? 'pass_used_up' : 'no_grant' };
}

interface InRoom {
  readonly denied: string | null;
  readonly asks: boolean;
  readonly noticed: readonly string[];
}

function leaving(world: World, who: string): InRoom {
  const last = standing(world).findLast((passing) => passing.who === who);
  const isOut = rooms[world.room].isStrict && last?.door !== 'in';
  return { denied: isOut ? 'anti_passback' : null, asks: false, noticed: [] };
}

function entering(world: World, who: string): InRoom {
  const { maxOccupancy, isStrict, needsHost, enteredByTwo, bypass } = rooms[world.room];
  const people = inside(world);
  const isFull = !people.has(who) && people.size >= maxOccupancy;
  if (bypass !== null && groupsOf(world, who).includes(bypass))
    return { denied: isFull ? 'area_full' : null, asks: !isFull, noticed: [] };
  const stop = isStrict && people.has(who) ? 'anti_passback' : isFull ? 'area_full' : null;
  const asks = enteredByTwo && stop === null;
  const hostCame = today(world).some((h) => h.who === HOST && h.door === 'in' && h.kind !== 'learnt');
  if (needsHost && !hostCame && who !== HOST) return { denied: 'first_person_needed', asks, noticed: [] };
  if (!enteredByTwo) return { denied: stop, asks, noticed: [] };
  people.delete(who);
  const others = PEOPLE.filter((other) => other !== who).map((other) => companion(world, other));
  const noticed = others.filter((each) => each !== null && each !== 'there');
  const isAlone = people.size < 2 && !others.includes('there');
  return { denied: isAlone ? 'second_person_needed' : stop, asks, noticed: isAlone ? noticed : [] };
}

/** Whether somebody asked lately and may still stand at the door or be in; and why not. */
function companion(world: World, who: string): 'there' | 'companion left' | 'companion unused' | null {
  const mark = world.marks.findLast((each) => each.who === who);
  if (mark === undefined || world.nowMs - mark.atMs >= PAIR_MS) return null;
  if (world.history.some(({ id, revoked }) => id === mark.id && revoked)) return 'companion unused';
  const last = standing(world).findLast((passing) => passing.who === who);
  return last?.door === 'out' && last.atMs >= mark.atMs ? 'companion left' : 'there';
}
