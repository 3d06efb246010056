import { beforeEach, describe, expect, it } from 'vitest';
import type { Personality } from '../src/index.ts';
import { type Answer, createFacePass, type FacePass } from './support/facepass.ts';

const hourMs = 3_600_000;
/** 2026-01-08 00:00:00 in Seoul. */
const dayStartMs = Date.UTC(2026, 0, 7, 15);
const wholeDay = { startTs: '2026-01-08T00:00:00', endTs: '2026-01-09T00:00:00' };

let facepass: FacePass;

beforeEach(async () => {
  facepass = await createFacePass();
});

async function write(...hours: number[]): Promise<void> {
  const items = hours.map((hour) => ({ atMs: dayStartMs + hour * hourMs, merchantUserKey: `m${hour}` }));
  await facepass.control.run('records/verifications', { items });
}

function become(personality: Partial<Personality>): Promise<unknown> {
  return facepass.control.run('merchants/configure', { personality });
}

function ask(query: object = {}): Promise<Answer> {
  return facepass.call('merchant/face-verify-history', { ...wholeDay, ...query });
}

async function ids(query: object = {}): Promise<string[]> {
  return Object(await ask(query)).success.items.map((item: { id: string }) => item.id);
}

/** Walks as the guide says, for so many pages at most. */
async function walk(size: number, pages: number): Promise<string[][]> {
  const seen: string[][] = [];
  let nextCursor: unknown;
  while (seen.length < pages) {
    const { success } = await ask({ size, ...(nextCursor ? { nextCursor } : {}) });
    seen.push(Object(success['items']).map((item: { id: string }) => item.id));
    nextCursor = success['nextCursor'];
    if (!nextCursor) break;
  }
  return seen;
}

describe('verification history', () => {
  it('starts each page right after the record its cursor names', async () => {
    await write(1, 2, 3, 4, 5);
    await expect(walk(2, 4)).resolves.toEqual([['1', '2'], ['3', '4'], ['5'], []]);
  });

  it('has ten records a page unless asked otherwise', async () => {
    await write(...Array.from({ length: 12 }, (_, i) => i));
    await expect(ids()).resolves.toHaveLength(10);
    await expect(ids({ size: 11 })).resolves.toHaveLength(11);
  });

  it('filters by person, status, device and transaction', async () => {
    const at = (fields: object) => ({ atMs: dayStartMs, ...fields });
    await facepass.control.run('records/verifications', {
      items: [
        at({ merchantUserKey: 'a', deviceId: 'IPAD001', transactionId: 't1' }),
        at({ merchantUserKey: 'b', status: 'FAIL', deviceId: 'IPAD002' }),
      ],
    });
    const filters = [
      { merchantUserKey: 'a' },
      { status: 'FAIL' },
      { deviceId: 'IPAD002' },
      { transactionId: 't1' },
    ];
    await expect(Promise.all(filters.map(ids))).resolves.toEqual([['1'], ['2'], ['2'], ['1']]);
    await expect(ids({ merchantUserKey: 'a', status: 'FAIL' })).resolves.toEqual([]);
    await expect(ids({ merchantUserKey: null, status: null })).resolves.toEqual(['1', '2']);
  });

  it.each([
    ['inclusive', 'inclusive', ['1', '2', '3']],
    ['exclusive', 'inclusive', ['2', '3']],
    ['inclusive', 'exclusive', ['1', '2']],
    ['exclusive', 'exclusive', ['2']],
  ] as const)('has an %s start and an %s end', async (startBound, endBound, expected) => {
    await become({ startBound, endBound });
    await write(0, 12, 24);
    await expect(ids()).resolves.toEqual(expected);
  });

  it.each([
    ['id', 'oldest-first', ['1', '2', '3']],
    ['id', 'newest-first', ['3', '2', '1']],
    ['time', 'oldest-first', ['3', '1', '2']],
    ['time', 'newest-first', ['2', '1', '3']],
  ] as const)('orders by %s, %s', async (orderBy, pageOrder, expected) => {
    await become({ orderBy, pageOrder });
    await write(5, 6, 1);
    await expect(ids()).resolves.toEqual(expected);
    await expect(walk(1, 3)).resolves.toEqual(expected.map((id) => [id]));
  });

  it('shows a late record to a walk that has not passed its place', async () => {
    await write(1, 2, 3);
    const { success } = await ask({ size: 2 });
    await write(1);
    await expect(ids({ nextCursor: success['nextCursor'] })).resolves.toEqual(['3', '4']);
    await become({ orderBy: 'time' });
    await expect(ids({ nextCursor: success['nextCursor'] })).resolves.toEqual(['3']);
    await expect(ids()).resolves.toEqual(['1', '4', '2', '3']);
  });

  it.each([
    ['more-follow', [true, false]],
    ['last-page', [false, true]],
    ['always-true', [true, true]],
    ['always-false', [false, false]],
  ] as const)('says hasMore in the sense of %s', async (hasMore, expected) => {
    await become({ hasMore });
    await write(1, 2, 3);
    const pages = [await ask({ size: 2 }), await ask({ size: 2, nextCursor: '2' })];
    expect(pages.map(({ success }) => success['hasMore'])).toEqual(expected);
  });

  it.each([
    ['while-more', ['2', undefined, undefined]],
    ['always', ['2', '3', undefined]],
    ['sticky', ['2', '3', '3']],
    ['echo', ['2', '2', undefined]],
  ] as const)('gives cursors %s', async (nextCursor, expected) => {
    await become({ nextCursor });
    await write(1, 2, 3);
    const pages = [
      await ask({ size: 2 }),
      await ask({ size: 2, nextCursor: '2' }),
      await ask({ nextCursor: '3' }),
    ];
    expect(pages.map(({ success }) => success['nextCursor'])).toEqual(expected);
  });

  it.each([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
  ] as const)('writes no cursor as %s', async (noCursor, expected) => {
    await become({ nextCursor: 'while-more', noCursor });
    expect((await ask()).success['nextCursor']).toBe(expected);
  });

  it.each([
    ['requested', 3],
    ['count', 1],
    ['ten', 10],
  ] as const)('says as size what was %s', async (size, expected) => {
    await become({ size });
    await write(1);
    expect((await ask({ size: 3 })).success['size']).toBe(expected);
  });

  it('gives no larger page than its largest, or refuses', async () => {
    await write(1, 2, 3);
    await become({ maxPageSize: 2 });
    await expect(ids({ size: 3 })).resolves.toEqual(['1', '2']);
    await become({ overMaxPageSize: 'reject' });
    await expect(ask({ size: 3 })).resolves.toMatchObject({ status: 400 });
    await expect(ask({ size: 2 })).resolves.toMatchObject({ status: 200 });
  });

  it('refuses a range beyond its longest', async () => {
    await become({ maxRangeSeconds: 86_399 });
    await expect(ask()).resolves.toMatchObject({ status: 400 });
    await expect(ask({ startTs: '2026-01-08T00:00:01' })).resolves.toMatchObject({ status: 200 });
  });

  it.each([
    ['an offset', { startTs: '2026-01-08T00:00:00+09:00' }, 'startTs'],
    ['UTC', { endTs: '2026-01-08T00:00:00Z' }, 'endTs'],
    ['a blank', { startTs: '2026-01-08 00:00:00' }, 'startTs'],
    ['a day that is none', { startTs: '2026-02-30T00:00:00' }, 'startTs'],
    ['a reversed range', { endTs: '2026-01-07T00:00:00' }, 'endTs'],
    ['a size of nothing', { size: 0 }, 'size'],
    ['a size as text', { size: '10' }, 'size'],
    ['a cursor that is no id', { nextCursor: 'nothing' }, 'nextCursor'],
  ])('refuses %s', async (_, query, field) => {
    const { status, body } = await ask(query);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { reason: expect.stringContaining(`${field}:`) } });
  });

  it('walks on from a number that is no id, as the guide samples do', async () => {
    await write(1, 2);
    await expect(ids({ nextCursor: '100' })).resolves.toEqual([]);
    await become({ pageOrder: 'newest-first' });
    await expect(ids({ nextCursor: '100' })).resolves.toEqual(['2', '1']);
  });

  it.each([
    ['guide', 'none', '2026-01-08T01:00:00'],
    ['T', 'none', '2026-01-08T01:00:00'],
    ['blank', 'none', '2026-01-08 01:00:00'],
    ['T', 'hidden', '2026-01-08T01:00:00'],
    ['T', 'shown', '2026-01-08T01:00:00.250'],
  ] as const)('writes times as %s with %s below the second', async (timestamps, subSecond, expected) => {
    await become({ timestamps, subSecond });
    await facepass.control.run('records/verifications', { items: [{ atMs: dayStartMs + hourMs + 250 }] });
    expect(Object((await ask()).success['items'])[0].verifyTs).toBe(expected);
    const until = { startTs: '2026-01-08T01:00:00', endTs: '2026-01-08T01:00:00' };
    await expect(ids(until)).resolves.toHaveLength(subSecond === 'none' ? 1 : 0);
  });

  it.each([
    ['verifyTs', ['verifyTs']],
    ['verifiedTs', ['verifiedTs']],
    ['both', ['verifyTs', 'verifiedTs']],
  ] as const)('names the time %s', async (verifyTimeField, expected) => {
    await become({ verifyTimeField });
    await write(1);
    const [item] = Object((await ask()).success['items']);
    expect(Object.keys(item).filter((name) => name.endsWith('Ts'))).toEqual(expected);
  });

  it('leaves optional fields out where it does not write null', async () => {
    await become({ absentFields: 'absent', unrecognisedUserKey: 'null' });
    await facepass.control.run('records/verifications', {
      items: [{ atMs: dayStartMs, transactionId: null }],
    });
    const [item] = Object((await ask()).success['items']);
    expect(Object.keys(item).sort()).toEqual([
      'deviceId',
      'id',
      'merchantUserKey',
      'params',
      'status',
      'verifyTs',
    ]);
  });

  it('has ids beyond what a JSON number carries, or no numbers at all', async () => {
    await become({ idForm: 'beyond-2-53' });
    await write(1);
    await become({ idForm: 'uuid' });
    await write(2);
    await become({ idForm: 'ulid' });
    await write(3);
    const [big, uuid, ulid] = await ids();
    expect(big).toBe('9007199254740993');
    expect(uuid).toMatch(/^[\da-f-]{36}$/);
    expect(ulid).toMatch(/^[0-9A-Z]{26}$/);
    await expect(ids({ nextCursor: uuid })).resolves.toEqual([ulid]);
  });

  it('carries values and fields of tomorrow', async () => {
    await become({ unknownFields: true, deprecatedErrorFields: true });
    await facepass.control.run('records/verifications', {
      items: [{ atMs: dayStartMs, status: 'MAYBE', resultCode: 'NEW' }],
    });
    const { success } = await ask();
    expect(success).toMatchObject({
      fieldOfTomorrow: expect.anything(),
      items: [{ status: 'MAYBE', fieldOfTomorrow: expect.anything() }],
    });
    const refused = await facepass.call('merchant/connected-device?groupId=none');
    expect(refused.body).toMatchObject({ error: { errorCode: 'DEVICE_GROUP_NOT_FOUND', errorType: 0 } });
  });

  it('no longer shows what was removed', async () => {
    await write(1, 2, 3);
    const command = { history: 'verifications' as const, ids: ['2', '9'] };
    await expect(facepass.control.run('records/remove', command)).resolves.toEqual({ removed: ['2'] });
    await expect(ids()).resolves.toEqual(['1', '3']);
  });

  it('notes a field that no guide names, and answers all the same', async () => {
    await ask({ limit: 5 });
    const { requests } = await facepass.control.run('requests', {});
    expect(requests.at(-1)).toMatchObject({
      endpoint: 'face-verify-history',
      remarks: ['unknown field limit'],
    });
  });
});

describe('registration history', () => {
  const range = { ...wholeDay, size: 100 };
  const entry = {
    atMs: dayStartMs,
    merchantUserKey: '000001',
    name: '김하나',
    phoneNumber: '01012341234',
    email: 'a@b.kr',
  };

  it('filters by person, name, phone number and email', async () => {
    await facepass.control.run('records/registrations', {
      items: [entry, { ...entry, merchantUserKey: '2', name: '홍길동' }],
    });
    const count = async (query: object) => {
      const { success } = await facepass.call('merchant/face-register-history', { ...range, ...query });
      return Object(success['items']).length;
    };
    const filters = [
      {},
      { merchantUserKey: '2' },
      { name: '김하나' },
      { phoneNumber: '01012341234' },
      { email: 'b@b.kr' },
    ];
    await expect(Promise.all(filters.map(count))).resolves.toEqual([2, 1, 1, 2, 0]);
  });

  it.each([
    [
      'append',
      [
        ['1', 'WAITING', 0],
        ['2', 'SUCCESS', 5],
      ],
    ],
    ['update', [['1', 'SUCCESS', 0]]],
    ['update-and-move', [['1', 'SUCCESS', 5]]],
  ] as const)('changes an audit by %s', async (auditChange, expected) => {
    await facepass.control.run('clock/freeze', { atMs: dayStartMs });
    await become({ auditChange });
    await facepass.control.run('registrations/enrol', { merchantUserKey: '1', auditStatus: 'WAITING' });
    await facepass.control.run('clock/advance', { ms: 5_000 });
    await facepass.control.run('registrations/audit', { merchantUserKey: '1', auditStatus: 'SUCCESS' });
    const { registrationEvents } = await facepass.control.run('truth', {});
    const seconds = (atMs: number) => (atMs - dayStartMs) / 1000;
    expect(registrationEvents.map(({ id, auditStatus, atMs }) => [id, auditStatus, seconds(atMs)])).toEqual(
      expected,
    );
  });
});
