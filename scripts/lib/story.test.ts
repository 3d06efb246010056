import { describe, expect, it } from 'vitest';
import { createStory } from './story.ts';

function told(seen: unknown, expected: unknown): { passed: number; failed: number; lines: string[] } {
  const lines: string[] = [];
  const story = createStory((line) => lines.push(line));
  story.chapter('one');
  story.expect('a step', seen, expected);
  return { passed: story.passed, failed: story.failed, lines };
}

describe('story', () => {
  it('passes a step whose named fields hold, whatever else is there', () => {
    expect(told({ verified: true, extra: 1 }, { verified: true })).toMatchObject({ passed: 1, failed: 0 });
  });

  it('fails a step with another value, a missing field or another length, and says both sides', () => {
    for (const [seen, expected] of [
      [{ verified: false }, { verified: true }],
      [{}, { verified: true }],
      [null, { verified: true }],
      [[1, 2], [1]],
      ['a', 'b'],
    ]) {
      const { passed, failed, lines } = told(seen, expected);
      expect({ passed, failed }).toEqual({ passed: 0, failed: 1 });
      expect(lines.at(-1)).toContain(`expected ${JSON.stringify(expected)}`);
    }
  });
});
