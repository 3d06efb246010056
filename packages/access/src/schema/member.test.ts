import { describe, expect, it } from 'vitest';
import { MERCHANT_USER_KEY_MAX, memberSchema } from './index.ts';

const member = { merchantUserKey: 'm-1', status: 'active', version: 1 };
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`);

describe('a member', () => {
  it.each([
    ['key', { merchantUserKey: 'k'.repeat(MERCHANT_USER_KEY_MAX + 1) }],
    ['list of groups', { groups: numbered(101) }],
    ['list of tags', { tags: Object.fromEntries(numbered(51).map((name) => [name, '1'])) }],
    ['name of a tag', { tags: { ['n'.repeat(65)]: '1' } }],
    ['value of a tag', { tags: { note: '가'.repeat(201) } }],
  ])('is refused with a %s beyond the limit', (_, facts) => {
    expect(memberSchema.safeParse({ ...member, ...facts }).success).toBe(false);
  });

  it('may have everything at its limit, counted after NFC', () => {
    const facts = {
      merchantUserKey: '가'.normalize('NFD').repeat(MERCHANT_USER_KEY_MAX),
      groups: numbered(100),
      tags: Object.fromEntries(numbered(50).map((name) => [name.padEnd(64, 'x'), '가'.repeat(200)])),
    };
    expect(memberSchema.parse({ ...member, ...facts }).merchantUserKey).toBe(
      '가'.repeat(MERCHANT_USER_KEY_MAX),
    );
  });
});
