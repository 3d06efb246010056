import { describe, expect, it } from 'vitest';
import { pageSuccess } from '../src/contract/paging.ts';
import { deviceGroup, registrationItem, verificationItem } from '../src/contract.ts';

describe('a row of a list', () => {
  it('is kept whatever its optional fields hold, with what could not be read beside it', () => {
    const row = {
      id: 1,
      verifyTs: '2024-01-01T00:00:00',
      merchantUserKey: '',
      status: { nested: true },
      customCode: 42,
      transactionId: 7,
      deviceId: ['D'],
      params: 'odd',
    };
    expect(verificationItem.parse(row)).toEqual({
      id: '1',
      verifyTs: '2024-01-01T00:00:00',
      customCode: '42',
      transactionId: '7',
      unreadable: { merchantUserKey: '', status: { nested: true }, deviceId: ['D'], params: 'odd' },
    });
  });

  it('holds for registrations and device groups as well', () => {
    const registration = { id: '1', eventTs: '2024-01-01T00:00:00', auditStatus: false, merchantUserKey: 3 };
    expect(registrationItem.parse(registration)).toMatchObject({
      auditStatus: 'false',
      merchantUserKey: '3',
    });
    expect(deviceGroup.parse({ groupId: 'g', tags: 'x', enableLiveness: 'yes' })).toEqual({
      groupId: 'g',
      unreadable: { tags: 'x', enableLiveness: 'yes' },
    });
  });

  it('has nothing unreadable when every field can be read', () => {
    const row = { id: '1', verifiedTs: '2024-01-01T00:00:00', params: { 층: 10 }, customCode: null };
    expect(verificationItem.parse(row)).not.toHaveProperty('unreadable');
  });

  it.each([
    [verificationItem, { verifyTs: '2024-01-01T00:00:00' }],
    [registrationItem, { id: '1' }],
    [deviceGroup, { groupId: '' }],
  ])('is refused without what is indispensable (%#)', (schema, row) => {
    expect(schema.safeParse(row).success).toBe(false);
  });
});

describe('a page', () => {
  it('is empty with null for items, and none without them', () => {
    expect(pageSuccess.parse({ items: null }).items).toEqual([]);
    expect(pageSuccess.safeParse({}).success).toBe(false);
  });
});
