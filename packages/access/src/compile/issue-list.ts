import type { Issue } from '../access-error.ts';
import { didYouMean } from '../nearest-name.ts';

type Path = readonly (string | number)[];

/** Collects what is wrong with a release, so that its author sees everything at once. */
export interface IssueList {
  readonly issues: readonly Issue[];
  add(path: Path, message: string, hint?: string): void;
  /** Adds an issue unless the name is known. */
  expectKnown(kind: string, name: string, known: ReadonlyMap<string, unknown>, path: Path): void;
}

export function issueList(): IssueList {
  const issues: Issue[] = [];
  const add = (path: Path, message: string, hint?: string): void => {
    issues.push(hint === undefined ? { path, message } : { path, message, hint });
  };
  return {
    issues,
    add,
    expectKnown(kind, name, known, path) {
      if (known.has(name)) return;
      const hint = issues.length < HINTS_MAX ? didYouMean(name, known.keys()) : undefined;
      add(path, `${kind} "${name}" is not defined`, hint);
    },
  };
}

/** A hint compares a name with all there are: in a document where nothing fits that takes longer than all the rest. */
const HINTS_MAX = 100;

/** Items by id; an id given twice is an issue. */
export function byId<T extends { readonly id: string }>(
  kind: string,
  section: string,
  items: readonly T[],
  issues: IssueList,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const [position, item] of items.entries()) {
    if (map.has(item.id)) issues.add([section, position, 'id'], `${kind} "${item.id}" is defined twice`);
    else map.set(item.id, item);
  }
  return map;
}
