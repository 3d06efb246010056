/**
 * A text of a route's declaration: its name in the API document, and the literal. Written in one piece, with neither
 * expressions nor concatenation; what is written otherwise stays in and is found by the test of the bundle.
 */
const WORDS = /\b(summary|description):(\s*)(?:'(?:[^'\\\n]|\\.)*'|`[^`$]*`|"(?:[^"\\\n]|\\.)*")/g;

/**
 * A route file without the words of the API document, which nobody reads at a door: they are a fortieth of the
 * Worker. Lines stay where they are, so that stack traces lead to the right ones.
 */
export function leaveWordsOut(source: string): string {
  return source.replaceAll(WORDS, (literal, name: string) => {
    const lines = literal.split('\n').length - 1;
    return `${name}: ${'\n'.repeat(lines)}''`;
  });
}
