import type { GuardView, Member, Question, ReleaseInput } from '../src/index.ts';
import { memberSchema, parseRelease } from '../src/schema/index.ts';

/** A small gym with offices above it: enough of everything for tests that are about one thing. */
export const venue = {
  sites: [{ id: 'gangnam', name: '강남점', timeZone: 'Asia/Seoul', exemptGroups: ['security'] }],
  groups: [
    { id: 'people' },
    { id: 'members', parents: ['people'] },
    { id: 'night', parents: ['members'] },
    { id: 'staff', parents: ['people'] },
    { id: 'security', parents: ['staff'] },
  ],
  zones: [
    { id: 'lobby', name: '로비', match: { floor: 1, gate: ['A', 'B'] } },
    { id: 'gym', name: '헬스장', match: { floor: 10 } },
    { id: 'gym-exit', match: { floor: 10, side: 'out' }, direction: 'out' },
    { id: 'server-room', match: { room: '5-3' } },
  ],
  calendars: [{ id: 'holidays', dates: [{ date: '2026-12-25', name: '성탄절' }] }],
  schedules: [
    {
      id: 'day',
      weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '06:00', to: '22:00' }],
      holidays: [{ calendar: 'holidays', windows: [{ from: '10:00', to: '14:00' }] }],
      overrides: [{ date: '2026-12-31' }],
    },
    { id: 'night', weekly: [{ days: ['fri', 'sat'], from: '22:00', to: '02:00' }] },
  ],
  rules: [
    { id: 'lobby-for-all', effect: 'permit', who: { groups: ['people'] }, zones: ['lobby'] },
    { id: 'gym-by-day', effect: 'permit', who: { groups: ['members'] }, zones: ['gym'], schedule: 'day' },
    { id: 'gym-by-night', effect: 'permit', who: { groups: ['night'] }, zones: ['gym'], schedule: 'night' },
    { id: 'out', effect: 'permit', who: { everyone: true }, zones: ['gym-exit'] },
    { id: 'staff-anywhere', effect: 'permit', who: { groups: ['staff'] }, zones: ['*'] },
    { id: 'no-minors', effect: 'forbid', who: { everyone: true, tags: { age: 'minor' } }, zones: ['gym'] },
  ],
} satisfies ReleaseInput;

export function release(changes: Partial<ReleaseInput> = {}) {
  return parseRelease({ ...venue, ...changes });
}

export function member(facts: Partial<Member> = {}): Member {
  return memberSchema.parse({
    merchantUserKey: 'm-1',
    status: 'active',
    groups: ['members'],
    version: 1,
    ...facts,
  });
}

export function ask(params: Question['params'], merchantUserKey = 'm-1'): Question {
  return { merchantUserKey, params };
}

/** A moment in Seoul: `seoul('2026-12-04 09:00')`, a Friday. */
export function seoul(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}:00+09:00`);
}

export function emptyView(changes: Partial<GuardView> = {}): GuardView {
  return {
    decisionId: 'd-1',
    mode: null,
    denies: [],
    lastPermit: null,
    counters: {},
    passes: [],
    area: null,
    ...changes,
  };
}
