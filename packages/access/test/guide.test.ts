/**
 * docs/guides/rules.md, run: its YAML grows one document whose tests pass after every step; its TypeScript runs on
 * the finished document, and `// → value` and `// ~ text` behind an expression are what it must give.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import * as analysis from '../src/analysis/index.ts';
import { DEFAULT_MESSAGES } from '../src/default-messages.ts';
import * as access from '../src/index.ts';
import { REASONS, SENSITIVE_REASONS } from '../src/index.ts';
import * as memoryGuard from '../src/memory-guard.ts';
import * as text from '../src/text/index.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/rules.md'), 'utf8');

function snippets(language: string): string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match[1] ?? '',
  );
}

type Item = { readonly id?: string; readonly name?: string };
type Sections = Record<string, Item[] | Record<string, unknown>>;

/** A later item takes the place of an earlier one of the same id (of a test: of the same name). */
function grow(document: Sections, step: Sections): Sections {
  const grown = { ...document };
  for (const [section, added] of Object.entries(step)) {
    const before = grown[section];
    if (!Array.isArray(added)) grown[section] = { ...before, ...added };
    else grown[section] = [...merged(Array.isArray(before) ? before : [], added).values()];
  }
  return grown;
}

function merged(before: readonly Item[], added: readonly Item[]): Map<string | undefined, Item> {
  return new Map([...before, ...added].map((item) => [item.id ?? item.name, item]));
}

const steps: string[] = [];
for (const step of snippets('yaml')) {
  const before: Sections = parse(steps.at(-1) ?? '{}');
  steps.push(stringify(grow(before, parse(step))));
}
const finished = steps.at(-1) ?? '';

const modules: Record<string, object> = {
  '@facepass-kit/access': access,
  '@facepass-kit/access/analysis': analysis,
  '@facepass-kit/access/memory-guard': memoryGuard,
  '@facepass-kit/access/text': text,
};

function runnable(snippet: string): string {
  const checked = snippet.replaceAll(
    /^( *)(.+);? \/\/ ([→~]) (.+)$/gm,
    (_, indent: string, expression: string, kind: string, wanted: string) =>
      `${indent}check(${expression.replace(/;$/, '')}, ${wanted}, '${kind}');`,
  );
  return stripTypeScriptTypes(checked).replaceAll(
    /^import \{(.+?)\} from ('.+?');$/gm,
    (_, names: string, from: string) =>
      `const {${names.replaceAll(/\btype \w+,?/g, '')}} = modules[${from}];`,
  );
}

describe('the guide to access rules', () => {
  it('has a document that grows and programs that use it', () => {
    expect(steps.length).toBeGreaterThan(8);
    expect(snippets('ts').length).toBeGreaterThan(3);
  });

  it.each(steps.map((step, position) => [position + 1, step] as const))(
    'step %i is a release whose tests pass',
    (_, step) => {
      const { compiled } = text.readRelease(step);
      const results = analysis.runRuleTests(compiled);
      expect(results.length).toBeGreaterThan(0);
      expect(
        results.filter(({ passed }) => !passed).map(({ name, problems }) => [name, ...problems]),
      ).toEqual([]);
    },
  );

  it.each(snippets('ts').map((snippet, position) => [position + 1, snippet] as const))(
    'program %i gives what it says',
    (_, snippet) => {
      let checks = 0;
      const check = (got: unknown, wanted: unknown, kind: string): void => {
        checks += 1;
        if (kind === '→') expect(got).toEqual(wanted);
        else expect(got).toContain(wanted);
      };
      const run = new Function('modules', 'text', 'check', runnable(snippet));
      run(modules, finished, check);
      expect(checks).toBeGreaterThan(0);
    },
  );

  it('lists every reason in order, with the text people read', () => {
    const rows = [...guide.matchAll(/^\| `(\w+)`( †)? +\| .+? \| (.+?) +\|$/gm)];
    expect(rows.map(([, reason, sensitive, reads]) => [reason, sensitive !== undefined, reads])).toEqual(
      REASONS.map((reason) => [
        reason,
        SENSITIVE_REASONS.some((each) => each === reason),
        DEFAULT_MESSAGES.ko[reason].repeat,
      ]),
    );
  });
});
