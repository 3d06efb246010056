import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { AccessError, type Issue } from '../access-error.ts';
import { checkAsWritten } from './check-as-written.ts';

type Path = readonly (string | number)[];

/** A text read into plain values, and where they stand in it. */
export interface ReadDocument {
  readonly value: unknown;
  /** Line of a part of the document, counted from 1; of the nearest part around it where it is not written out. */
  lineOf(path: Path): number;
}

/** A text with more mistakes than this has one mistake, made early. */
const ISSUES_MAX = 20;

/**
 * Reads YAML 1.2 or JSON as plain values: texts, numbers, booleans, null, lists and objects.
 *
 * @throws AccessError `invalid_text` where it is neither, or where something in it could be read in two ways;
 * every issue has a line
 */
export function readDocument(text: string): ReadDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Whatever a %YAML directive or a tag asks for: `no` is a text, a date is a text, and nothing is merged.
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
  });
  const issues: Issue[] = [];
  const add = (offset: number, message: string, hint?: string): void => {
    const issue = { path: [], message, line: lines.linePos(offset).line };
    issues.push(hint === undefined ? issue : { ...issue, hint });
  };
  for (const error of [...document.errors, ...document.warnings]) add(error.pos[0], messageOf(error));
  if (issues.length === 0) checkAsWritten(document, add);
  if (issues.length > 0) throw new AccessError('invalid_text', firstOf(issues));
  return {
    // Aliases were followed and counted before.
    value: document.toJS({ maxAliasCount: -1 }),
    lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
  };
}

function messageOf({ code, message }: Document.Parsed['errors'][number]): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: expected one';
  if (code === 'RESOURCE_EXHAUSTION' || /call stack/.test(message)) return 'is nested too deeply';
  return message;
}

function firstOf(issues: readonly Issue[]): readonly Issue[] {
  const told = new Set<string>();
  return issues
    .filter(({ line, message }) => !told.has(`${line} ${message}`) && told.add(`${line} ${message}`))
    .slice(0, ISSUES_MAX);
}

/** Where the part at a path begins: at its name, where it has one. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(({ key }) => nameOf(key) === String(step));
      if (pair === undefined) break;
      // What was parsed, and not made, consists of nodes.
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (item === undefined) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset;
}

function nameOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}
