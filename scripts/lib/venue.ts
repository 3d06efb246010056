/** A small believable venue, in Korean as its doors would be: one office, three groups, four zones, a dozen members. */

import type { ReleaseInput } from '@facepass-kit/access';
import type { MemberInput } from '@facepass-kit/protocol';

export const SITE = 'hq';

/** Parameters each device sends with its question, as they would be set up at FacePass. */
export const doors = {
  lobby: { building: '본관', gate: 'A' },
  floor10: { floor: '10', gate: 'A' },
  floor5: { floor: '5' },
  meetingRoom: { room: '5-3' },
} as const;

export type Door = keyof typeof doors;

export const rules: ReleaseInput = {
  sites: [{ id: SITE, name: '본사', timeZone: 'Asia/Seoul', display: 'repeat' }],
  groups: [
    { id: 'staff', name: '임직원' },
    { id: 'visitors', name: '방문객' },
    { id: 'cleaners', name: '야간 미화' },
  ],
  zones: [
    { id: 'lobby', name: '로비', match: { building: ['본관'] } },
    { id: 'floor-10', name: '10층', match: { floor: [10] } },
    { id: 'floor-5', name: '5층', match: { floor: [5] } },
    { id: 'room-5-3', name: '5-3 회의실', match: { room: ['5-3'] } },
  ],
  calendars: [
    {
      id: 'closed-days',
      name: '휴무일',
      dates: [{ date: '2027-01-01', name: '신정' }],
      source: 'Set by the venue',
      checkedOn: '2026-11-22',
      coversUntil: '2027-02-01',
    },
  ],
  schedules: [
    {
      id: 'visiting-hours',
      weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '06:00', to: '21:00' }],
      holidays: [{ calendar: 'closed-days' }],
    },
    {
      id: 'night-shift',
      weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '05:00' }],
    },
  ],
  rules: [
    {
      id: 'staff-everywhere',
      effect: 'permit',
      who: { groups: ['staff'] },
      zones: ['lobby', 'floor-5', 'room-5-3'],
    },
    {
      id: 'tenth-floor-team',
      effect: 'permit',
      who: { groups: ['staff'], tags: { team: 'platform' } },
      zones: ['floor-10'],
    },
    {
      id: 'visitors-by-day',
      effect: 'permit',
      who: { groups: ['visitors'] },
      zones: ['lobby', 'room-5-3'],
      schedule: 'visiting-hours',
    },
    {
      id: 'cleaners-by-night',
      effect: 'permit',
      who: { groups: ['cleaners'] },
      zones: ['*'],
      schedule: 'night-shift',
    },
  ],
};

/** A person as the venue and FacePass both know them: FacePass gets to know who registers in its app. */
export interface Person {
  readonly merchantUserKey: string;
  readonly name: string;
  readonly phoneNumber: string;
  readonly birthDate: string;
  readonly ci: string;
}

function person(number: number, name: string, birthDate: string): Person {
  const key = String(number).padStart(6, '0');
  return {
    merchantUserKey: key,
    name,
    birthDate,
    phoneNumber: `0105550${String(number).padStart(4, '0')}`,
    // A real CI has 88 characters of Base64; this one is made of the number.
    ci: `${key}${'A'.repeat(80)}==`,
  };
}

export const people = {
  hong: person(1, '홍길동', '19900101'),
  kim: person(2, '김하나', '19920214'),
  lee: person(3, '이두리', '19880303'),
  park: person(4, '박세찬', '19950404'),
  choi: person(5, '최다온', '19910505'),
  jung: person(6, '정여름', '19930606'),
  visitor: person(7, '강가람', '19870707'),
  secondVisitor: person(8, '윤나래', '19960808'),
  thirdVisitor: person(9, '임도담', '19940909'),
  cleaner: person(10, '한마루', '19801010'),
  secondCleaner: person(11, '오바다', '19821111'),
  suspended: person(12, '서아라', '19891212'),
} as const satisfies Record<string, Person>;

function member(who: Person, group: string, more: Partial<MemberInput> = {}): MemberInput {
  const { merchantUserKey, ...identity } = who;
  return { merchantUserKey, status: 'active', groups: [group], identity, ...more };
}

export const members: readonly MemberInput[] = [
  member(people.hong, 'staff', { tags: { team: 'platform' } }),
  member(people.kim, 'staff'),
  member(people.lee, 'staff', { tags: { team: 'platform' } }),
  member(people.park, 'staff'),
  member(people.choi, 'staff'),
  member(people.jung, 'staff'),
  member(people.visitor, 'visitors'),
  member(people.secondVisitor, 'visitors'),
  member(people.thirdVisitor, 'visitors'),
  member(people.cleaner, 'cleaners'),
  member(people.secondCleaner, 'cleaners'),
  member(people.suspended, 'staff', { status: 'suspended' }),
];

/**
 * Visitors come by day and cleaners by night, so at any hour one of the two is outside their hours, and stays
 * so for an hour at least.
 */
export function outsideHoursNow(now: Date): Person {
  const hour = Number(
    new Intl.DateTimeFormat('en', { timeZone: 'Asia/Seoul', hour: '2-digit', hourCycle: 'h23' }).format(now),
  );
  return hour >= 21 || hour < 5 ? people.visitor : people.cleaner;
}
