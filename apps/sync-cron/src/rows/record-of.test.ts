import { merchantUserKeySchema, type Verification } from '@facepass-kit/core';
import { registrationItem } from '@facepass-kit/core/contract';
import { describe, expect, it } from 'vitest';
import { registrationRecord, verificationRecord } from './record-of.ts';

const verification = (more: Record<string, unknown>): Verification => ({
  id: '1',
  merchantUserKey: merchantUserKeySchema.parse('000017'),
  verifyTs: { raw: '2026-01-09 12:00:00', epochMs: 1_767_927_600_000 },
  ...more,
});

/** What is kept of fields that have no column. */
function kept(more: Record<string, unknown>): unknown {
  const raw = verificationRecord(verification(more), 0).stored.at(-1);
  return typeof raw === 'string' ? JSON.parse(raw) : raw;
}

describe('fields FacePass has not told of', () => {
  it('are kept as canonical JSON, and nothing where there are none', () => {
    expect(kept({})).toBeNull();
    expect(kept({ zeta: 1, alpha: { d: [2], c: null } })).toEqual({ alpha: { c: null, d: [2] }, zeta: 1 });
    expect(verificationRecord(verification({ b: 1, a: 2 }), 0).stored.at(-1)).toBe('{"a":2,"b":1}');
  });

  it('are left out where they speak of a person, at any depth', () => {
    expect(
      kept({ userName: '홍길동', phone: '010', score: 0.9, device: { deviceName: 'A', ownerEmail: 'a@b' } }),
    ).toEqual({ score: 0.9, device: { deviceName: 'A' } });
    expect(kept({ memberNo: '17' })).toBeNull();
  });

  it('are left out where they hold the key of the row’s own person, whatever they are called', () => {
    expect(kept({ ref: '000017', list: ['000017', 'b'], deep: { owner: '000017' }, level: 17 })).toEqual({
      deep: {},
      level: 17,
      list: ['b'],
    });
  });

  it('that could not be read are kept by name only, since what stood there may be about a person', () => {
    const row = {
      id: '1',
      eventTs: '2026-01-09T00:00:00',
      auditStatus: { of: '홍길동' },
      merchantUserKey: [],
    };
    const { id, eventTs: raw, ...rest } = registrationItem.parse(row);
    const { stored } = registrationRecord({ ...rest, id, eventTs: { raw, epochMs: 0 } }, 0);
    expect(stored.at(-1)).toBe('{"unreadable":["auditStatus","merchantUserKey"]}');
  });
});
