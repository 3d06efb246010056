import fc from 'fast-check';
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

describe('a row as FacePass usually writes it', () => {
  const anything = fc.oneof(
    fc.constantFrom('text', '2024-01-01T00:00:00', 'true', '', null, undefined, true, 7, 1.5),
    fc.constantFrom({ 층: '10' }, ['x']),
  );
  const names = [
    'id',
    'verifyTs',
    'merchantUserKey',
    'status',
    'resultCode',
    'customCode',
    'deviceId',
    'params',
    'transactionId',
    'more',
  ];
  const changes = fc.dictionary(fc.constantFrom(...names), anything, { maxKeys: 3 });

  it('reads the same whether its schema was asked or not', () => {
    fc.assert(
      fc.property(changes, (changed) => {
        const row = { id: '1', verifyTs: '2024-01-01 00:00:00', params: { gate: 'A' }, ...changed };
        const read = verificationItem.safeParse(row);
        // A field of this name is never usual, so that the schema is asked.
        const asked = verificationItem.safeParse({ ...row, unreadable: undefined });
        expect(read.data).toEqual(asked.data);
        expect(read.error?.issues.map(({ path }) => path)).toEqual(
          asked.error?.issues.map(({ path }) => path),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads the same of a registration whether its schema was asked or not', () => {
    const fields = fc.constantFrom('id', 'eventTs', 'merchantUserKey', 'auditStatus', 'more');
    fc.assert(
      fc.property(fc.dictionary(fields, anything, { maxKeys: 3 }), (changed) => {
        const row = { id: '1', eventTs: '2024-01-01 00:00:00', ...changed };
        const read = registrationItem.safeParse(row);
        const asked = registrationItem.safeParse({ ...row, unreadable: undefined });
        expect(read.data).toEqual(asked.data);
        expect(read.success).toBe(asked.success);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps no key that is not just a key', () => {
    const params = '{"__proto__":{"a":1},"gate":"A"}';
    const row: unknown = JSON.parse(`{"id":"1","verifyTs":"2024-01-01T00:00:00","params":${params}}`);
    expect(verificationItem.parse(row).params).toEqual({ gate: 'A' });
  });
});

describe('a page', () => {
  it('is empty with null for items, and none without them', () => {
    expect(pageSuccess.parse({ items: null }).items).toEqual([]);
    expect(pageSuccess.safeParse({}).success).toBe(false);
  });
});
