import type { ReleaseInput } from '@facepass-kit/access';

/** A venue of many doors, each with rules of its own; everybody may pass everywhere, at any time. */
export const DOORS = 20;
export const SITE = 'site';
const GROUPS_OF_MEMBER = 5;

export function venue(ruleCount: number): ReleaseInput {
  return {
    sites: [{ id: SITE, timeZone: 'Asia/Seoul' }],
    groups: Array.from({ length: 50 }, (_, position) => ({ id: `group-${position}` })),
    schedules: Array.from({ length: 10 }, (_, position) => ({
      id: `schedule-${position}`,
      weekly: [
        {
          days: ['mon' as const, 'tue' as const, 'wed' as const, 'thu' as const, 'fri' as const],
          from: '00:00',
          to: '24:00',
        },
        { days: ['sat' as const, 'sun' as const], from: '00:00', to: '24:00' },
      ],
    })),
    zones: Array.from({ length: DOORS }, (_, position) => ({
      id: `zone-${position}`,
      match: { floor: position, gate: 'A' },
    })),
    rules: Array.from({ length: ruleCount }, (_, position) => ({
      id: `rule-${position}`,
      effect: 'permit' as const,
      who: { groups: [`group-${position % GROUPS_OF_MEMBER}`] },
      zones: [`zone-${position % DOORS}`],
      schedule: `schedule-${position % 10}`,
    })),
  };
}

export const facts = {
  status: 'active' as const,
  groups: Array.from({ length: GROUPS_OF_MEMBER }, (_, position) => `group-${position}`),
  validFrom: '2026-01-01T00:00:00+09:00',
  validUntil: '2126-01-01T00:00:00+09:00',
  tags: { level: 'gold' },
};
