import {
  type CompiledRelease,
  compile,
  type Member,
  type Question,
  type ReleaseInput,
} from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';

/** Rules that concern the member at the door asked about, however many there are in all. */
export const CONCERNED = 50;
const GROUPS_OF_MEMBER = 5;
const SCHEDULES = 10;

/** A zone whose clocks are set forward and back: the slower kind. */
const TIME_ZONE = 'America/New_York';

export const member: Member = {
  merchantUserKey: 'm-1',
  status: 'active',
  groups: Array.from({ length: GROUPS_OF_MEMBER }, (_, position) => `group-${position}`),
  validFrom: '2026-01-01T00:00:00+09:00',
  validUntil: '2027-01-01T00:00:00+09:00',
  tags: { level: 'gold' },
  version: 1,
};

export const door: Question = { merchantUserKey: member.merchantUserKey, params: { floor: '1', gate: 'A' } };

/** Within all schedules, and outside of all of them. */
export const openMs = Date.parse('2026-12-04T17:00:00Z');
export const closedMs = Date.parse('2026-12-05T02:00:00Z');

const schedules = Array.from({ length: SCHEDULES }, (_, position) => ({
  id: `schedule-${position}`,
  weekly: [
    { days: ['mon' as const, 'wed' as const, 'fri' as const], from: `0${position}:00`, to: '20:00' },
    { days: ['tue' as const], from: '22:00', to: '04:00' },
  ],
  overrides: [{ date: '2026-12-31' }],
}));

const base = {
  sites: [{ id: 'site', timeZone: TIME_ZONE }],
  groups: Array.from({ length: 50 }, (_, position) => ({ id: `group-${position}` })),
  schedules,
} satisfies Partial<ReleaseInput>;

/** The usual case: a venue of many doors, each with rules of its own. */
export function manyDoors(ruleCount: number): CompiledRelease {
  const doors = Math.max(2, ruleCount / CONCERNED);
  return compile(
    parseRelease({
      ...base,
      zones: Array.from({ length: doors }, (_, position) => ({
        id: `zone-${position}`,
        match: { floor: position, gate: 'A' },
      })),
      rules: Array.from({ length: ruleCount }, (_, position) => ({
        id: `rule-${String(position).padStart(6, '0')}`,
        effect: 'permit' as const,
        who: { groups: [`group-${position % GROUPS_OF_MEMBER}`] },
        zones: [`zone-${Math.floor(position / CONCERNED)}`],
        schedule: `schedule-${position % SCHEDULES}`,
      })),
    }),
  );
}

/** The worst case: every rule is about this door and everyone, so each has to be looked at. */
export function oneDoor(ruleCount: number): CompiledRelease {
  return compile(
    parseRelease({
      ...base,
      zones: [{ id: 'zone', match: { floor: 1, gate: 'A' } }],
      rules: Array.from({ length: ruleCount }, (_, position) => ({
        id: `rule-${String(position).padStart(6, '0')}`,
        effect: 'permit' as const,
        who: { everyone: true as const, tags: { level: ['gold', 'silver'] } },
        zones: ['zone'],
        schedule: `schedule-${position % SCHEDULES}`,
      })),
    }),
  );
}
