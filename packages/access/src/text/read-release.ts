import { AccessError, type Issue } from '../access-error.ts';
import type { CompiledRelease } from '../compile/compiled.ts';
import { compile } from '../compile/index.ts';
import { parseRelease } from '../schema/parse.ts';
import { type ReadDocument, readDocument } from './read-document.ts';

/** A release together with the places in its text. */
export interface ReadRelease extends Pick<ReadDocument, 'lineOf'> {
  readonly compiled: CompiledRelease;
}

/**
 * Reads a rules document from text, YAML 1.2 (`access.yaml`) or JSON, and compiles it.
 *
 * A number means its digits: what would be another text by them (`01`, `1.0`, `0x10`) is refused, because a door
 * compares texts. In quotes it is taken as it stands.
 *
 * @throws AccessError `invalid_text` where it is neither YAML nor JSON, or not read as it is written;
 * `invalid_release` where it says what cannot be; every issue has a line
 *
 * @example
 * const { compiled } = readRelease(await readFile('access.yaml', 'utf8'));
 */
export function readRelease(text: string): ReadRelease {
  const { value, lineOf } = readDocument(text);
  try {
    return { compiled: compile(parseRelease(value)), lineOf };
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const issues = error.issues.map((issue): Issue => ({ ...issue, line: lineOf(issue.path) }));
    throw new AccessError(error.code, issues);
  }
}
