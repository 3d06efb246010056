import { toNfc } from '../comparable.ts';
import type { Group } from '../model.ts';
import type { IssueList } from './issue-list.ts';

/** Each group with itself and everything above it. */
export type GroupClosures = ReadonlyMap<string, readonly string[]>;

/** Resolves `parents`; a cycle is an issue, because nobody could say who is in it. */
export function compileGroups(
  list: readonly Group[],
  groups: ReadonlyMap<string, Group>,
  issues: IssueList,
): GroupClosures {
  for (const [position, group] of list.entries()) {
    for (const [at, parent] of group.parents.entries()) {
      issues.expectKnown('group', parent, groups, ['groups', position, 'parents', at]);
    }
    const cycle = cycleFrom(group.id, groups);
    if (cycle !== undefined) {
      issues.add(
        ['groups', position, 'parents'],
        `group "${group.id}" is its own ancestor: ${cycle.join(' → ')}`,
      );
    }
  }
  return new Map(list.map((group) => [group.id, [...closureOf(group.id, groups)]]));
}

function closureOf(id: string, groups: ReadonlyMap<string, Group>): Set<string> {
  const closure = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (closure.has(next)) continue;
    closure.add(next);
    open.push(...(groups.get(next)?.parents ?? []));
  }
  return closure;
}

function cycleFrom(start: string, groups: ReadonlyMap<string, Group>): string[] | undefined {
  const seen = new Set<string>();
  const search = (id: string, path: string[]): string[] | undefined => {
    for (const parent of groups.get(id)?.parents ?? []) {
      if (parent === start) return [...path, parent];
      if (seen.has(parent)) continue;
      seen.add(parent);
      const found = search(parent, [...path, parent]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(start, [start]);
}

/** A member's groups with everything above them. A group the release does not define still counts by its name. */
export function expandGroups(closures: GroupClosures, groups: readonly string[]): readonly string[] {
  const [only] = groups;
  if (only === undefined) return groups;
  if (groups.length === 1) {
    const name = toNfc(only);
    return closures.get(name) ?? [name];
  }
  // A member is in a few groups: looking through a short list is faster than hashing.
  const all: string[] = [];
  for (const group of groups) {
    const name = toNfc(group);
    const closure = closures.get(name);
    if (closure === undefined) addOnce(all, name);
    else for (const each of closure) addOnce(all, each);
  }
  return all;
}

function addOnce(list: string[], item: string): void {
  if (!list.includes(item)) list.push(item);
}
