import { toNfc } from '../comparable.ts';
import type { Group } from '../model.ts';
import type { IssueList } from './issue-list.ts';

/** Each group with itself and everything above it. */
export type GroupClosures = ReadonlyMap<string, readonly string[]>;

/**
 * Groups above one group, at most. A door goes through all groups above a member's at each question, and the
 * closures of a long chain would together be as large as its square.
 */
const GROUP_ANCESTORS_MAX = 100;

/** Names of a cycle that are told; a longer one is told with its length. */
const CYCLE_NAMES_MAX = 10;

/** Resolves `parents` from the top down. A cycle is an issue, because nobody could say who is in it. */
export function compileGroups(
  list: readonly Group[],
  groups: ReadonlyMap<string, Group>,
  issues: IssueList,
): GroupClosures {
  const positions = new Map(list.map(({ id }, position) => [id, position]));
  const parentsOf = new Map<string, readonly string[]>();
  for (const [position, group] of list.entries()) {
    for (const [at, parent] of group.parents.entries()) {
      issues.expectKnown('group', parent, groups, ['groups', position, 'parents', at]);
    }
    parentsOf.set(
      group.id,
      [...new Set(group.parents)].filter((parent) => groups.has(parent)),
    );
  }
  const add = (id: string, message: string): void =>
    issues.add(['groups', positions.get(id) ?? 0, 'parents'], message);

  const { order, left } = topDown(parentsOf);
  for (const { first, names } of cyclesAmong(left, parentsOf)) {
    add(first, `group "${first}" is its own ancestor: ${describeCycle(names, first)}`);
  }
  const closures = new Map<string, readonly string[]>();
  for (const id of order) {
    const closure = new Set([id]);
    for (const parent of parentsOf.get(id) ?? []) {
      // Absent where the parent has too many ancestors itself, and was reported.
      for (const each of closures.get(parent) ?? []) closure.add(each);
      if (closure.size > GROUP_ANCESTORS_MAX + 1) break;
    }
    if (closure.size <= GROUP_ANCESTORS_MAX + 1) closures.set(id, [...closure]);
    else add(id, `group "${id}" has more than ${GROUP_ANCESTORS_MAX} groups above it`);
  }
  return closures;
}

type Parents = ReadonlyMap<string, readonly string[]>;

/** Groups so that parents come first, and those that are in a cycle or below one. */
function topDown(parentsOf: Parents): {
  readonly order: readonly string[];
  readonly left: readonly string[];
} {
  const waitingFor = new Map<string, number>();
  const children = new Map<string, string[]>();
  for (const [id, parents] of parentsOf) {
    waitingFor.set(id, parents.length);
    for (const parent of parents) {
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [id]);
      else list.push(id);
    }
  }
  const order = [...parentsOf.keys()].filter((id) => waitingFor.get(id) === 0);
  // Grows while it is walked through.
  for (const id of order) {
    for (const child of children.get(id) ?? []) {
      const waiting = (waitingFor.get(child) ?? 0) - 1;
      waitingFor.set(child, waiting);
      if (waiting === 0) order.push(child);
    }
  }
  return { order, left: [...parentsOf.keys()].filter((id) => (waitingFor.get(id) ?? 0) > 0) };
}

interface Cycle {
  /** The one of them that comes first in the document. */
  readonly first: string;
  /** All of them, beginning with that one, each followed by its parent. */
  readonly names: readonly string[];
}

/** Cycles, each once. Going up from any group left leads into one. */
function cyclesAmong(left: readonly string[], parentsOf: Parents): readonly Cycle[] {
  const inDocument = new Map(left.map((id, position) => [id, position]));
  const positionOf = (id: string): number => inDocument.get(id) ?? 0;
  // Whatever is left waits for a parent that is left too.
  const parentOf = (id: string): string => parentsOf.get(id)?.find((parent) => inDocument.has(parent)) ?? id;
  const visitedFrom = new Map<string, string>();
  const cycles: Cycle[] = [];
  for (const start of left) {
    let id = start;
    while (!visitedFrom.has(id)) {
      visitedFrom.set(id, start);
      id = parentOf(id);
    }
    // Stopped where an earlier way has been: its cycle is known.
    if (visitedFrom.get(id) !== start) continue;
    const names = [id];
    for (let next = parentOf(id); next !== id; next = parentOf(next)) names.push(next);
    const first = names.reduce((one, other) => (positionOf(other) < positionOf(one) ? other : one));
    const turn = names.indexOf(first);
    cycles.push({ first, names: [...names.slice(turn), ...names.slice(0, turn)] });
  }
  return cycles;
}

function describeCycle(names: readonly string[], first: string): string {
  return names.length <= CYCLE_NAMES_MAX
    ? [...names, first].join(' → ')
    : `${names.slice(0, CYCLE_NAMES_MAX).join(' → ')} → … (${names.length} groups)`;
}

/** A member's groups with everything above them. A group the release does not define still counts by its name. */
export function expandGroups(closures: GroupClosures, groups: readonly string[]): readonly string[] {
  const [only, second] = groups;
  if (only !== undefined && second === undefined) {
    return closures.get(only) ?? closureOf(closures, toNfc(only));
  }
  // A member is in a few groups: looking through a short list is faster than hashing.
  const all: string[] = [];
  for (const group of groups) {
    // Ids are in NFC: a name that is one needs no second look.
    for (const each of closures.get(group) ?? closureOf(closures, toNfc(group))) addOnce(all, each);
  }
  return all;
}

function closureOf(closures: GroupClosures, name: string): readonly string[] {
  return closures.get(name) ?? [name];
}

function addOnce(list: string[], item: string): void {
  if (!list.includes(item)) list.push(item);
}
