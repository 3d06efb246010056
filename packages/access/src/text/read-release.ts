import { isNode, LineCounter, parseDocument } from 'yaml';
import { AccessError, type Issue } from '../access-error.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { compile } from '../compile/index.ts';
import { parseRelease } from '../schema/parse.ts';

/** A release together with the places in its text. */
export interface ReadRelease {
  readonly compiled: CompiledRelease;
  /** Line of a part of the document, counted from 1; of the nearest part around it where it is not written out. */
  lineOf(path: readonly (string | number)[]): number;
}

/**
 * Reads a rules document from text, YAML 1.2 (`access.yaml`) or JSON, and compiles it.
 *
 * @throws AccessError `invalid_text` where it is neither, `invalid_release` where it says what cannot be; every
 * issue has a line
 *
 * @example
 * const { compiled } = readRelease(await readFile('access.yaml', 'utf8'));
 */
export function readRelease(text: string): ReadRelease {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new AccessError(
      'invalid_text',
      document.errors.map((error) => ({
        path: [],
        message: error.message,
        line: lines.linePos(error.pos[0]).line,
      })),
    );
  }
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  try {
    return { compiled: compile(parseRelease(document.toJS())), lineOf };
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const issues = error.issues.map((issue): Issue => ({ ...issue, line: lineOf(issue.path) }));
    throw new AccessError(error.code, issues);
  }
}
