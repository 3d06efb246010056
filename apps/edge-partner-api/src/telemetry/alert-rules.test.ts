import { describe, expect, it } from 'vitest';
import { type AlertRules, alertRules, dueAlerts } from './alert-rules.ts';

/** Thursday, 12:00 in Seoul. */
const NOON = Date.parse('2026-11-26T12:00:00+09:00');

const off: AlertRules = { denials: false, silence: false, trouble: false };
const due = (rules: Partial<AlertRules>, counts: Record<string, number>, at = NOON) =>
  dueAlerts({ ...off, ...rules }, async () => new Map(Object.entries(counts)), at);
const { denials, trouble } = alertRules.parse({});

describe('a spike of denials', () => {
  it('is at least twenty questions of which half were denied, with the reasons, most frequent first', async () => {
    expect(await due({ denials }, { permit: 10, 'deny.no_grant': 4, 'deny.unknown_member': 6 })).toEqual([
      {
        type: 'edge.denials',
        at: NOON,
        fields: { questions: 20, denied: 10, minutes: 5, reasons: 'unknown_member 6, no_grant 4' },
      },
    ]);
  });

  it('is not a few denials, nor many among many more permits', async () => {
    expect(await due({ denials }, { 'deny.no_grant': 19 })).toEqual([]);
    expect(await due({ denials }, { permit: 100, 'deny.no_grant': 99 })).toEqual([]);
  });

  it('is not what a lockdown denies', async () => {
    expect(await due({ denials }, { permit: 1, 'deny.lockdown': 500 })).toEqual([]);
  });
});

describe('silence', () => {
  const { silence } = alertRules.parse({
    silence: { minutes: 30, hours: [{ days: ['thu'], from: '11:30', to: '22:00' }] },
  });

  it('is no question in half an hour while the doors are open', async () => {
    expect(await due({ silence }, { 'trouble.guard.unreachable': 1 })).toEqual([
      { type: 'edge.silence', at: NOON, fields: { minutes: 30 } },
    ]);
    expect(await due({ silence }, { 'deny.no_grant': 1 })).toEqual([]);
    expect(await due({ silence }, { permit: 1 })).toEqual([]);
  });

  it('means nothing before the doors have been open as long, after they closed, or on another day', async () => {
    const minute = 60_000;
    expect(await due({ silence }, {}, NOON - minute)).toEqual([]);
    expect(await due({ silence }, {}, NOON + 9 * 60 * minute)).toHaveLength(1);
    expect(await due({ silence }, {}, NOON + 10 * 60 * minute)).toEqual([]);
    expect(await due({ silence }, {}, NOON + 24 * 60 * minute)).toEqual([]);
  });

  it('is not looked for where no opening hours are configured', () => {
    expect(alertRules.parse({}).silence).toBe(false);
  });
});

describe('trouble', () => {
  it('is the same thing three times, told once for each', async () => {
    const counts = {
      'trouble.guard.unreachable': 3,
      'trouble.projection.unread': 4,
      'trouble.audit.lost': 2,
    };
    expect(await due({ trouble }, counts)).toMatchObject([
      { type: 'edge.trouble', subject: 'guard.unreachable', fields: { times: 3, minutes: 5 } },
      { type: 'edge.trouble', subject: 'projection.unread', fields: { times: 4 } },
    ]);
  });
});

describe('rules that are misspelt', () => {
  it.each([
    { denial: {} },
    { denials: { share: 50 } },
    { silence: { minutes: 30 } },
    { silence: { hours: [{ days: ['thu'], from: '22:00', to: '06:00' }] } },
    { silence: { timeZone: '+09:00', hours: [{ days: ['thu'], from: '09:00', to: '18:00' }] } },
    { silence: { timeZone: 'Korea', hours: [{ days: ['thu'], from: '09:00', to: '18:00' }] } },
  ])('are refused: %j', (rules) => {
    expect(alertRules.safeParse(rules).success).toBe(false);
  });
});
