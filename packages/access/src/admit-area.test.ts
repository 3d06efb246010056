import { describe, expect, it } from 'vitest';
import { club } from '../test/club.ts';
import { MINUTE, noon, SECOND, visit } from '../test/visit.ts';

describe('anti-passback', () => {
  it('hard denies a second entry without an exit, and permits it after one', () => {
    const { reason } = visit(club({ antiPassback: { mode: 'hard' } }));
    expect(reason('a', 'in', 0)).toBe('permitted');
    expect(reason('a', 'in', MINUTE)).toBe('anti_passback');
    expect(reason('b', 'in', MINUTE)).toBe('permitted');
    expect(reason('a', 'out', 2 * MINUTE)).toBe('permitted');
    expect(reason('a', 'in', 3 * MINUTE)).toBe('permitted');
  });

  it('soft permits and flags', () => {
    const { walk } = visit(club({ antiPassback: { mode: 'soft' } }));
    expect(walk('a', 'in', 0).flags).toEqual([]);
    expect(walk('a', 'in', MINUTE)).toMatchObject({ effect: 'permit', flags: ['anti_passback'] });
  });

  it('off notices nothing', () => {
    const { walk } = visit(club({ antiPassback: { mode: 'off' } }));
    walk('a', 'in', 0);
    expect(walk('a', 'in', MINUTE)).toMatchObject({ effect: 'permit', flags: [] });
    expect(walk('b', 'out', MINUTE)).toMatchObject({ effect: 'permit', flags: [] });
  });

  it('timed forgets an entry after its time, to the millisecond', () => {
    const compiled = club({ antiPassback: { mode: 'hard', forgetAfterSeconds: 60 } });
    const early = visit(compiled);
    early.walk('a', 'in', 0);
    expect(early.reason('a', 'in', MINUTE - 1)).toBe('anti_passback');
    expect(early.walk('a', 'in', MINUTE)).toMatchObject({ reason: 'permitted', flags: ['anti_passback'] });
  });

  it('starts anew at the time of reset', () => {
    const compiled = club({ antiPassback: { mode: 'hard' }, resetAt: '12:05' });
    const { reason } = visit(compiled);
    expect(reason('a', 'in', 0)).toBe('permitted');
    expect(reason('a', 'in', 5 * MINUTE - 1)).toBe('anti_passback');
    expect(reason('a', 'in', 5 * MINUTE)).toBe('permitted');
  });

  it('flags leaving without having entered, and denies it only where exits are enforced', () => {
    expect(visit(club({ antiPassback: { mode: 'hard' } })).walk('a', 'out', 0)).toMatchObject({
      effect: 'permit',
      flags: ['exit_without_entry'],
    });
    const enforced = visit(
      club({ antiPassback: { mode: 'hard', exits: 'enforce' }, bypassGroups: ['cleaners'] }),
    );
    expect(enforced.reason('a', 'out', 0)).toBe('anti_passback');
    expect(enforced.walk('c', 'out', 0, ['cleaners'])).toMatchObject({
      effect: 'permit',
      flags: ['exit_without_entry'],
    });
    enforced.walk('a', 'in', MINUTE);
    expect(enforced.walk('a', 'out', 2 * MINUTE)).toMatchObject({ effect: 'permit', flags: [] });
    const soft = visit(club({ antiPassback: { mode: 'soft', exits: 'enforce' } }));
    expect(soft.reason('a', 'out', 0)).toBe('permitted');
  });

  it('does not stop groups that bypass it', () => {
    const { walk } = visit(club({ antiPassback: { mode: 'hard' }, bypassGroups: ['cleaners'] }));
    walk('c', 'in', 0, ['cleaners']);
    expect(walk('c', 'in', MINUTE, ['cleaners'])).toMatchObject({
      effect: 'permit',
      flags: ['anti_passback'],
    });
  });
});

describe('occupancy', () => {
  it('denies whoever would be one too many, and permits once somebody has left', () => {
    const { reason } = visit(club({ maxOccupancy: 2 }));
    expect(reason('a', 'in', 0)).toBe('permitted');
    expect(reason('b', 'in', 0)).toBe('permitted');
    expect(reason('c', 'in', 0)).toBe('area_full');
    expect(reason('a', 'out', MINUTE)).toBe('permitted');
    expect(reason('c', 'in', MINUTE)).toBe('permitted');
  });

  it('holds for groups that bypass everything else', () => {
    const { reason } = visit(club({ maxOccupancy: 1, bypassGroups: ['cleaners'] }));
    expect(reason('c', 'in', 0, ['cleaners'])).toBe('permitted');
    expect(reason('d', 'in', 0, ['cleaners'])).toBe('area_full');
  });

  it('does not count a person twice', () => {
    const { reason } = visit(club({ maxOccupancy: 1 }));
    expect(reason('a', 'in', 0)).toBe('permitted');
    expect(reason('a', 'in', MINUTE)).toBe('permitted');
    expect(reason('b', 'in', MINUTE)).toBe('area_full');
  });

  it('does not read a permit asked again as a new one, nor a return as the old one', () => {
    const { walk } = visit(club({ maxOccupancy: 2, antiPassback: { mode: 'hard' } }));
    const first = walk('a', 'in', 0);
    expect(walk('a', 'in', 5 * SECOND).repeatOf).toBe(first.decisionId);
    walk('a', 'out', 6 * SECOND);
    expect(walk('a', 'in', 8 * SECOND)).toMatchObject({ effect: 'permit', repeatOf: null });
  });
});

describe('first person', () => {
  const opened = club({ firstPerson: { groups: ['hosts'] }, bypassGroups: ['cleaners'] });

  it('keeps the door shut until one of them has come in', () => {
    const { reason } = visit(opened);
    expect(reason('a', 'in', 0)).toBe('first_person_needed');
    expect(reason('h', 'in', 0, ['hosts'])).toBe('permitted');
    expect(reason('a', 'in', 1)).toBe('permitted');
  });

  it('is needed again after the reset, and never by those who bypass it', () => {
    const { reason } = visit(opened);
    reason('h', 'in', 0, ['hosts']);
    const untilMidnight = 12 * 60 * MINUTE;
    expect(reason('a', 'in', untilMidnight - 1)).toBe('permitted');
    expect(reason('b', 'in', untilMidnight)).toBe('first_person_needed');
    expect(reason('c', 'in', untilMidnight, ['cleaners'])).toBe('permitted');
  });

  it('has come when the first of them turns out not to have, but another has', () => {
    const { guard, walk, reason } = visit(opened);
    const first = walk('h', 'in', 0, ['hosts']);
    walk('i', 'in', MINUTE, ['hosts']);
    guard.revoke(first.decisionId);
    expect(reason('a', 'in', 2 * MINUTE)).toBe('permitted');
  });

  it('has not come when their permit was never used', () => {
    const { guard, walk, reason } = visit(opened);
    const host = walk('h', 'in', 0, ['hosts']);
    guard.revoke(host.decisionId);
    expect(reason('a', 'in', MINUTE)).toBe('first_person_needed');
  });
});

describe('two persons', () => {
  const pair = { twoPerson: { withinSeconds: 30 }, bypassGroups: ['cleaners'] };

  it('lets the second in, and the first when asking again', () => {
    const { reason } = visit(club(pair));
    expect(reason('a', 'in', 0)).toBe('second_person_needed');
    expect(reason('a', 'in', SECOND)).toBe('second_person_needed');
    expect(reason('b', 'in', 20 * SECOND)).toBe('permitted');
    expect(reason('a', 'in', 21 * SECOND)).toBe('permitted');
  });

  it('forgets the first after the time', () => {
    const { reason } = visit(club(pair));
    reason('a', 'in', 0);
    expect(reason('b', 'in', 30 * SECOND)).toBe('second_person_needed');
    const soon = visit(club(pair));
    soon.reason('a', 'in', 0);
    expect(soon.reason('b', 'in', 30 * SECOND - 1)).toBe('permitted');
  });

  it('lets a third follow alone while two are inside, and nobody while one is', () => {
    const { reason } = visit(club(pair));
    reason('a', 'in', 0);
    reason('b', 'in', SECOND);
    reason('a', 'in', 2 * SECOND);
    expect(reason('c', 'in', 5 * MINUTE)).toBe('permitted');
    reason('c', 'out', 6 * MINUTE);
    reason('b', 'out', 6 * MINUTE);
    expect(reason('d', 'in', 7 * MINUTE)).toBe('second_person_needed');
  });

  it('does not count somebody who was put on a deny list since, nor anybody since a group was, until they ask again', () => {
    const one = visit(club(pair));
    one.reason('a', 'in', 0);
    one.guard.addDeny({
      id: 'd',
      subject: { kind: 'member', merchantUserKey: 'a' },
      zones: null,
      untilMs: null,
    });
    expect(one.reason('b', 'in', SECOND)).toBe('second_person_needed');
    expect(one.reason('c', 'in', 2 * SECOND)).toBe('permitted');
    const many = visit(club(pair));
    many.reason('a', 'in', 0);
    many.guard.addDeny({ id: 'd', subject: { kind: 'group', group: 'hosts' }, zones: null, untilMs: null });
    expect(many.reason('b', 'in', SECOND)).toBe('second_person_needed');
    expect(many.reason('a', 'in', 2 * SECOND)).toBe('permitted');
  });

  it('does not count somebody who could not come in anyway', () => {
    const { reason } = visit(club({ ...pair, maxOccupancy: 1 }));
    expect(reason('k', 'in', 0, ['cleaners'])).toBe('permitted');
    expect(reason('a', 'in', MINUTE)).toBe('second_person_needed');
    expect(reason('b', 'in', MINUTE)).toBe('second_person_needed');
    expect(reason('k', 'out', MINUTE)).toBe('permitted');
    expect(reason('b', 'in', MINUTE + SECOND)).toBe('second_person_needed');
  });

  it('does not stop those who bypass it', () => {
    expect(visit(club(pair)).reason('c', 'in', 0, ['cleaners'])).toBe('permitted');
  });

  it('does not take somebody who has left for a companion, however lately they asked', () => {
    const { walk, reason } = visit(club(pair));
    walk('a', 'in', 0);
    walk('b', 'in', SECOND);
    walk('a', 'in', 2 * SECOND);
    walk('a', 'out', 10 * SECOND);
    walk('b', 'out', 10 * SECOND);
    expect(reason('c', 'in', 20 * SECOND)).toBe('second_person_needed');
    expect(reason('a', 'in', 21 * SECOND)).toBe('permitted');
  });

  it('does not take for a companion whose exit is learnt of later, nor whose permit was never used', () => {
    const left = visit(club(pair));
    left.walk('c', 'in', 0, ['cleaners']);
    left.guard.learn('room', 'c', 'out', noon + SECOND, 'seen');
    expect(left.reason('a', 'in', 2 * SECOND)).toBe('second_person_needed');
    const unused = visit(club(pair));
    unused.guard.revoke(unused.walk('c', 'in', 0, ['cleaners']).decisionId);
    expect(unused.reason('a', 'in', 2 * SECOND)).toBe('second_person_needed');
  });

  it('counts the others who are inside, not whoever stands at the door again', () => {
    const { walk, reason } = visit(club(pair));
    walk('a', 'in', 0);
    walk('b', 'in', SECOND);
    walk('a', 'in', 2 * SECOND);
    expect(reason('a', 'in', 5 * MINUTE)).toBe('second_person_needed');
  });

  it('takes for a companion who waits for nothing but the first person', () => {
    const { reason } = visit(club({ ...pair, firstPerson: { groups: ['hosts'] } }));
    expect(reason('h', 'in', 0, ['hosts'])).toBe('second_person_needed');
    expect(reason('a', 'in', SECOND)).toBe('first_person_needed');
    expect(reason('h', 'in', 2 * SECOND, ['hosts'])).toBe('permitted');
    expect(reason('a', 'in', 3 * SECOND)).toBe('permitted');
  });
});

describe('an entry or exit learnt of later', () => {
  it('takes its place by its own time', () => {
    const { guard, walk, reason } = visit(club({ antiPassback: { mode: 'hard' } }));
    walk('a', 'in', 0);
    walk('a', 'out', 5 * MINUTE);
    guard.learn('room', 'a', 'in', noon + MINUTE, 'late');
    expect(reason('a', 'in', 6 * MINUTE)).toBe('permitted');
    guard.learn('room', 'b', 'in', noon + MINUTE, 'unseen');
    expect(reason('b', 'in', 6 * MINUTE)).toBe('anti_passback');
  });
});
