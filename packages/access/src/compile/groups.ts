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
  for (const cycle of cyclesAmong(left, parentsOf)) {
    const [first = ''] = cycle;
    add(first, `group "${first}" is its own ancestor: ${describeCycle(cycle)}`);
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

/** Cycles, each once and beginning with its first group in the document. Going up from any group left leads into one. */
function cyclesAmong(left: readonly string[], parentsOf: Parents): readonly (readonly string[])[] {
  const inDocument = new Map(left.map((id, position) => [id, position]));
  const visitedFrom = new Map<string, string>();
  const cycles: (readonly string[])[] = [];
  for (const start of left) {
    const path: string[] = [];
    let id: string | undefined = start;
    while (id !== undefined && !visitedFrom.has(id)) {
      visitedFrom.set(id, start);
      path.push(id);
      id = parentsOf.get(id)?.find((parent) => inDocument.has(parent));
    }
    if (id === undefined || visitedFrom.get(id) !== start) continue;
    const cycle = path.slice(path.indexOf(id));
    const positions = cycle.map((each) => inDocument.get(each) ?? 0);
    let first = 0;
    for (const [at, position] of positions.entries()) if (position < (positions[first] ?? 0)) first = at;
    cycles.push([...cycle.slice(first), ...cycle.slice(0, first)]);
  }
  return cycles;
}

function describeCycle(cycle: readonly string[]): string {
  const [first = ''] = cycle;
  return cycle.length <= CYCLE_NAMES_MAX
    ? [...cycle, first].join(' → ')
    : `${cycle.slice(0, CYCLE_NAMES_MAX).join(' → ')} → … (${cycle.length} groups)`;
}

/** A member's groups with everything above them. A group the release does not define still counts by its name. */
export function expandGroups(closures: GroupClosures, groups: readonly string[]): readonly string[] {
  const [only] = groups;
  if (only === undefined) return groups;
  if (groups.length === 1) {
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
