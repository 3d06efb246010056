import { describe, expect, it } from 'vitest';
import { club } from '../test/club.ts';
import { MINUTE, noon, SECOND, visit } from '../test/visit.ts';

describe('a permit asked again', () => {
  const untilMidnight = 12 * 60 * MINUTE;

  it('stays the same after news that the person came in', () => {
    const { guard, walk } = visit(
      club({ antiPassback: { mode: 'hard' } }, { quota: { max: 1, per: 'day' } }),
    );
    const first = walk('a', 'in', 0);
    guard.learn('room', 'a', 'in', noon + SECOND, 'seen');
    expect(walk('a', 'in', 5 * SECOND)).toMatchObject({ effect: 'permit', repeatOf: first.decisionId });
    const exit = walk('a', 'out', 20 * SECOND);
    guard.learn('room', 'a', 'out', noon + 21 * SECOND, 'seen too');
    expect(walk('a', 'out', 25 * SECOND)).toMatchObject({ effect: 'permit', repeatOf: exit.decisionId });
  });

  it('stays the same across the reset: nothing is spent twice', () => {
    const { guard, walk, reason } = visit(club({}, { quota: { max: 2, per: 'validity' } }));
    const first = walk('a', 'in', untilMidnight - 4 * SECOND);
    expect(walk('a', 'in', untilMidnight + SECOND)).toMatchObject({ repeatOf: first.decisionId });
    expect(walk('a', 'in', untilMidnight + MINUTE)).toMatchObject({ repeatOf: null, remaining: 0 });
    expect(reason('a', 'in', untilMidnight + 2 * MINUTE)).toBe('quota_spent');
    guard.revoke(first.decisionId);
    expect(walk('a', 'in', untilMidnight + 3 * MINUTE)).toMatchObject({ effect: 'permit', remaining: 0 });
  });

  it('takes its place in the emptied area anew, unless that was given to somebody else', () => {
    const { guard, walk, reason } = visit(club({ maxOccupancy: 1, antiPassback: { mode: 'hard' } }));
    const first = walk('a', 'in', untilMidnight - 4 * SECOND);
    walk('a', 'in', untilMidnight + SECOND);
    expect(reason('b', 'in', untilMidnight + 2 * SECOND)).toBe('area_full');
    expect(walk('a', 'in', untilMidnight + 3 * SECOND)).toMatchObject({ repeatOf: first.decisionId });
    guard.revoke(first.decisionId);
    expect(reason('b', 'in', untilMidnight + 4 * SECOND)).toBe('permitted');

    const late = visit(club({ maxOccupancy: 1 }));
    late.walk('a', 'in', untilMidnight - 4 * SECOND);
    expect(late.reason('b', 'in', untilMidnight)).toBe('permitted');
    expect(late.reason('a', 'in', untilMidnight + SECOND)).toBe('area_full');
  });

  it('needs nothing anew on the way out', () => {
    const { walk } = visit(club({ antiPassback: { mode: 'hard', exits: 'enforce' } }));
    walk('a', 'in', untilMidnight - MINUTE);
    const exit = walk('a', 'out', untilMidnight - 4 * SECOND);
    expect(walk('a', 'out', untilMidnight + SECOND)).toMatchObject({
      effect: 'permit',
      repeatOf: exit.decisionId,
      flags: [],
    });
  });

  it('is judged anew once its right is gone', () => {
    const compiled = club();
    const { guard, walk, reason } = visit(compiled);
    const pass = { merchantUserKey: 'a', zones: ['in'], validFromMs: null, validUntilMs: null };
    guard.addPass({ ...pass, id: 'old', maxUses: 1, uses: 1 });
    walk('a', 'in', 0);
    expect(reason('a', 'in', SECOND, [])).toBe('pass_used_up');
    guard.addPass({ ...pass, id: 'new', merchantUserKey: 'b', maxUses: 1, uses: 0 });
    expect(reason('b', 'in', 2 * SECOND, [])).toBe('permitted_by_pass');
    guard.withdrawPass('new');
    expect(reason('b', 'in', 3 * SECOND, [])).toBe('no_grant');
  });
});
