import { describe, expect, it } from 'vitest';
import { type Change, revoke } from './index.ts';

describe('revoke', () => {
  it('gives back what was counted and forgets the rest by the decision', () => {
    const count = { kind: 'count', key: 'k', expiresAtMs: 7 } as const;
    const use = { kind: 'pass', passId: 'p' } as const;
    const changes: Change[] = [
      { ...count, by: 1 },
      { ...use, by: 1 },
      { kind: 'presence', decisionId: 'd', areaId: 'a', merchantUserKey: 'm', direction: 'in', atMs: 1 },
      { kind: 'companion', decisionId: 'd', areaId: 'a', merchantUserKey: 'm', atMs: 1, expiresAtMs: 2 },
    ];
    const back = revoke('d', changes);
    expect(back).toEqual([
      { ...count, by: -1 },
      { ...use, by: -1 },
      { kind: 'forget', decisionId: 'd' },
    ]);
    expect(revoke('d', back)).toEqual([
      { ...count, by: 1 },
      { ...use, by: 1 },
      { kind: 'forget', decisionId: 'd' },
    ]);
  });
});
