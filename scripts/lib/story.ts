/** A told and checked run: chapters with steps, each step held against what must be true. */

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was expected and what was seen, where it failed. */
  readonly detail?: string;
}

export interface Chapter {
  readonly title: string;
  readonly checks: Check[];
}

export interface Story {
  chapter(title: string): void;
  /** One line of the story that asserts nothing. */
  tell(line: string): void;
  /** Passes when `seen` has everything `expected` names (objects by their named fields, the rest by equality). */
  expect(name: string, seen: unknown, expected: unknown): void;
  readonly chapters: readonly Chapter[];
  readonly passed: number;
  readonly failed: number;
}

export function createStory(print: (line: string) => void): Story {
  const chapters: Chapter[] = [];
  const count = (passed: boolean): number =>
    chapters.reduce((sum, { checks }) => sum + checks.filter((check) => check.passed === passed).length, 0);

  return {
    chapters,
    chapter(title) {
      chapters.push({ title, checks: [] });
      print(`\n${chapters.length}. ${title}`);
    },
    tell: (line) => print(`   ${line}`),
    expect(name, seen, expected) {
      const passed = contains(seen, expected);
      const detail = `expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`;
      chapters.at(-1)?.checks.push({ name, passed, ...(passed ? {} : { detail }) });
      print(passed ? `   ✓ ${name}` : `   ✗ ${name}\n       ${detail}`);
    },
    get passed() {
      return count(true);
    },
    get failed() {
      return count(false);
    },
  };
}

function contains(seen: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(seen) &&
      seen.length === expected.length &&
      expected.every((item, index) => contains(seen[index], item))
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof seen !== 'object' || seen === null) return false;
    const fields = new Map(Object.entries(seen));
    return Object.entries(expected).every(([key, value]) => contains(fields.get(key), value));
  }
  return Object.is(seen, expected);
}
