import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leaveWordsOut } from './leave-words-out.ts';

const app = join(import.meta.dirname, '..');

describe('a route file without the words of the API document', () => {
  it('has empty texts in their place, on the same lines', () => {
    const source = "summary: 'It’s ours',\n  description:\n    `Two lines`,\n  path: '/v1',\n";
    expect(leaveWordsOut("route({\n  summary: 'Ask',\n  description:\n    'Why: \\'x\\'.',\n})")).toBe(
      "route({\n  summary: '',\n  description: \n'',\n})",
    );
    expect(leaveWordsOut(source).split('\n')).toHaveLength(source.split('\n').length);
  });

  it('leaves alone what is worked out', () => {
    const source = ['description: `Needs $', '{role}.`, summary, descriptions: 1'].join('');
    expect(leaveWordsOut(source)).toBe(source);
  });

  it('keeps no summary but those that are worked out', () => {
    const summaries = globSync('src/routes/**/*.ts', { cwd: app }).flatMap((file) => {
      const left = leaveWordsOut(readFileSync(join(app, file), 'utf8'));
      return left.match(/\bsummary:\s*\S.*/g) ?? [];
    });
    expect(summaries.length).toBeGreaterThan(20);
    expect(summaries.filter((summary) => !/^summary: ('',|string,)|\$\{/.test(summary))).toEqual([]);
  });
});
