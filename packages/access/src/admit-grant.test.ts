import { describe, expect, it } from 'vitest';
import { club } from '../test/club.ts';
import { member } from '../test/venue.ts';
import { MINUTE, noon, SECOND, visit } from '../test/visit.ts';
import { MemoryGuard } from './memory-guard.ts';

describe('quotas', () => {
  const quota = (per: 'day' | 'week' | 'validity') => club({}, { quota: { max: 2, per } });
  const DAY = 24 * 60 * MINUTE;

  it('count entries per day in site time, exits free', () => {
    const { walk, reason } = visit(quota('day'));
    expect(walk('a', 'in', 0)).toMatchObject({ remaining: 1, limit: 2 });
    expect(reason('a', 'out', MINUTE)).toBe('permitted');
    expect(walk('a', 'in', 2 * MINUTE)).toMatchObject({ remaining: 0, limit: 2 });
    expect(reason('a', 'in', 3 * MINUTE)).toBe('quota_spent');
    expect(reason('b', 'in', 3 * MINUTE)).toBe('permitted');
    expect(reason('a', 'in', DAY / 2 - 1)).toBe('quota_spent');
    expect(reason('a', 'in', DAY / 2)).toBe('permitted');
  });

  it('count per week from Monday', () => {
    const { reason } = visit(quota('week'));
    reason('a', 'in', 0);
    reason('a', 'in', MINUTE);
    expect(reason('a', 'in', 2.5 * DAY - 1)).toBe('quota_spent');
    expect(reason('a', 'in', 2.5 * DAY)).toBe('permitted');
  });

  it('count per validity until the membership is renewed', () => {
    const compiled = quota('validity');
    const guard = new MemoryGuard();
    const ask = (validFrom: string, afterMs: number) =>
      guard.ask(
        compiled,
        member({ validFrom }),
        { merchantUserKey: 'm-1', params: { door: 'in' } },
        noon + afterMs,
      ).reason;
    const [may, december] = ['2026-05-01T00:00:00+09:00', '2026-12-01T00:00:00+09:00'];
    expect([ask(may, 0), ask(may, MINUTE), ask(may, 200 * DAY)]).toEqual([
      'permitted',
      'permitted',
      'quota_spent',
    ]);
    expect(ask(december, 201 * DAY)).toBe('permitted');
  });

  it('spend nothing for a permit asked again, and give back what was never used', () => {
    const { guard, walk, reason } = visit(club({}, { quota: { max: 1, per: 'day' } }));
    const first = walk('a', 'in', 0);
    expect(walk('a', 'in', 5 * SECOND).repeatOf).toBe(first.decisionId);
    expect(reason('a', 'in', MINUTE)).toBe('quota_spent');
    expect(guard.revoke(first.decisionId)).toBe(true);
    expect(guard.revoke(first.decisionId)).toBe(false);
    expect(reason('a', 'in', 2 * MINUTE)).toBe('permitted');
    expect(reason('a', 'in', 3 * MINUTE)).toBe('quota_spent');
  });
});

describe('passes', () => {
  const pass = {
    id: 'p',
    merchantUserKey: 'v',
    zones: ['in', 'out'],
    validFromMs: noon,
    validUntilMs: noon + 10 * MINUTE,
    maxUses: 1,
    uses: 0,
  };

  function visitor(compiled = club()) {
    const all = visit(compiled);
    all.guard.addPass(pass);
    return all;
  }

  it('permit where no rule does, within their validity and uses', () => {
    expect(visitor().reason('v', 'in', -1, [])).toBe('no_grant');
    expect(visitor().reason('v', 'in', 10 * MINUTE, [])).toBe('no_grant');
    const { walk, reason } = visitor();
    expect(walk('v', 'in', 0, [])).toMatchObject({
      reason: 'permitted_by_pass',
      determining: ['pass:p'],
      remaining: 0,
      limit: 1,
    });
    expect(reason('w', 'in', 0, [])).toBe('no_grant');
  });

  it('are not spent by asking again or by leaving, and never keep anybody in', () => {
    const { walk, reason } = visitor(club({}, {}));
    const first = walk('v', 'in', 0, []);
    expect(walk('v', 'in', 5 * SECOND, [])).toMatchObject({
      reason: 'permitted_by_pass',
      repeatOf: first.decisionId,
    });
    expect(reason('v', 'out', MINUTE, [])).toBe('permitted');
    expect(reason('v', 'in', 2 * MINUTE, [])).toBe('pass_used_up');
  });

  it('are given back when the permit was never used', () => {
    const { guard, walk, reason } = visitor();
    guard.revoke(walk('v', 'in', 0, []).decisionId);
    expect(reason('v', 'in', MINUTE, [])).toBe('permitted_by_pass');
  });

  it('help when a quota is spent', () => {
    const { guard, walk } = visit(club({}, { quota: { max: 1, per: 'day' } }));
    guard.addPass({ ...pass, merchantUserKey: 'a', maxUses: null });
    expect(walk('a', 'in', 0)).toMatchObject({ reason: 'permitted', remaining: 0 });
    expect(walk('a', 'in', MINUTE)).toMatchObject({ reason: 'permitted_by_pass', remaining: null });
  });

  it('are weaker than a deny entry', () => {
    const { guard, reason } = visitor();
    const subject = { kind: 'member', merchantUserKey: 'v' } as const;
    guard.addDeny({ id: 'd', subject, zones: null, untilMs: null });
    expect(reason('v', 'in', 0, [])).toBe('deny_listed');
    guard.removeDeny('d');
    expect(reason('v', 'in', 0, [])).toBe('permitted_by_pass');
  });
});
