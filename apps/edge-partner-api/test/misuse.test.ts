import { env } from 'cloudflare:workers';
import { MERCHANT_USER_KEY_MAX } from '@facepass-kit/access/schema';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routes } from '../src/routes/index.ts';
import { rememberReferences } from '../src/services/people.ts';
import { adminClient, ask, askDoor, freshStores, member, offices, publish, putMembers } from './world.ts';

freshStores();

const admin = adminClient();
const tooLong = 'k'.repeat(MERCHANT_USER_KEY_MAX + 1);

describe('a lockdown', () => {
  it.each([
    ['in the past', () => 1],
    ['in seconds', () => Math.floor(Date.now() / 1000) + 3_600],
  ])('is not lifted by one that ends %s', async (_, until) => {
    await publish();
    await putMembers(member('000001'));
    await admin.setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    await expect(
      admin.setSiteMode('hq', { mode: 'lockdown', reason: 'drill', until: until() }),
    ).rejects.toMatchObject({ status: 422, code: 'UNTIL_NOT_IN_FUTURE', errors: [{ path: 'until' }] });
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'LOCKDOWN' });
  });

  it('is not lifted by rules that name the site otherwise, until it is normal again', async () => {
    await publish();
    await admin.setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    const renamed = { ...offices, sites: [{ id: 'head-office', timeZone: 'Asia/Seoul' }] };
    await expect(publish(renamed)).rejects.toMatchObject({
      status: 409,
      code: 'SITE_NOT_NORMAL',
      errors: [{ path: 'release.sites', message: expect.stringContaining('hq') }],
    });
    await publish({ ...offices, groups: [...(offices.groups ?? []), { id: 'more' }] });
    await admin.setSiteMode('hq', { mode: 'normal', reason: 'over' });
    expect(await publish(renamed)).toMatchObject({ version: 3 });
  });
});

it('a site can be locked down, and somebody kept out, with the token of a program that asks too often', async () => {
  await publish();
  await putMembers(member('000001'), member('000002'));
  const limited = { ADMIN_LIMIT: { limit: async () => ({ success: false }) } };
  const flooded = adminClient(limited);
  await expect(flooded.sites()).rejects.toMatchObject({ status: 429 });
  await expect(flooded.denies()).rejects.toMatchObject({ status: 429 });
  const token = 'token-of-the-viewer-here';
  const viewer = { ...limited, ADMIN_TOKENS: JSON.stringify([{ id: 'v', role: 'viewer', token }]) };
  await expect(
    adminClient(viewer, token).deny({ merchantUserKey: '000001', reason: 'r' }),
  ).rejects.toMatchObject({ status: 429 });
  await flooded.deny({ merchantUserKey: '000002', reason: 'r' });
  expect(await askDoor('000002')).toMatchObject({ verified: false, code: 'ASK_STAFF' });
  await flooded.setSiteMode('hq', { mode: 'lockdown', reason: 'fire' });
  expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'LOCKDOWN' });
});

describe('the doors of a site that is locked down', () => {
  const lab = { id: 'lab', timeZone: 'Asia/Seoul' };
  const sites = [...(offices.sites ?? []), lab];
  const rules = [{ id: 'all', effect: 'permit' as const, who: { everyone: true as const }, zones: ['*'] }];
  const [tenth = { id: '', match: {} }, eleventh = { id: '', match: {} }] = offices.zones ?? [];
  const of = (site: string, zone: typeof tenth) => ({ ...zone, site });
  const before = { ...offices, sites, rules, zones: [of('hq', tenth), of('hq', eleventh)] };

  it.each([
    ['one of them', [of('lab', tenth), of('hq', eleventh)]],
    ['one of them under another name', [of('lab', { ...tenth, id: 'renamed' }), of('hq', eleventh)]],
    [
      'some that it has in one zone',
      [of('lab', { id: 'left', match: { floor: '10', gate: 'A' } }), of('hq', tenth), of('hq', eleventh)],
    ],
    ['all, under no condition', [of('lab', { id: 'everywhere', match: {} })]],
  ])('are not opened by rules that give another site %s, until it is normal again', async (_, zones) => {
    await publish(before);
    await putMembers(member('000001'));
    await admin.setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    await expect(publish({ ...before, zones })).rejects.toMatchObject({
      status: 409,
      code: 'SITE_NOT_NORMAL',
      errors: [{ path: 'release.sites', message: expect.stringContaining('hq') }],
    });
    expect(await askDoor('000001', { floor: '10', gate: 'A' })).toMatchObject({ code: 'LOCKDOWN' });
    await admin.setSiteMode('hq', { mode: 'normal', reason: 'over' });
    expect(await publish({ ...before, zones })).toMatchObject({ version: 2 });
  });

  it('may be changed by rules that leave them there, and other sites may get doors', async () => {
    await publish(before);
    await admin.setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    const more = [of('hq', { ...tenth, id: 'renamed' }), of('lab', { id: 'lab-1', match: { floor: '1' } })];
    expect(await publish({ ...before, zones: more })).toMatchObject({ version: 2 });
  });
});

describe('a deny entry', () => {
  const renamed = (from: string, to: string) =>
    JSON.parse(JSON.stringify(offices).replaceAll(`"${from}"`, `"${to}"`));

  it('is not ended by rules that name its zone or its group otherwise, until it is withdrawn', async () => {
    await publish();
    await putMembers(member('000001'));
    const zone = await admin.deny({ merchantUserKey: '000001', zones: ['floor-10'], reason: 'r' });
    const group = await admin.deny({ group: 'staff', reason: 'r' });
    const lost = (name: string, { id }: { readonly id: string }) => ({
      status: 409,
      code: 'DENY_ENTRY_LOST',
      errors: [{ path: 'release', message: `expected "${name}", which deny entry ${id} names` }],
    });
    await expect(publish(renamed('floor-10', 'tenth'))).rejects.toMatchObject(lost('floor-10', zone));
    await expect(publish(renamed('staff', 'crew'))).rejects.toMatchObject(lost('staff', group));
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'ASK_STAFF' });
    await admin.withdrawDeny(zone.id);
    expect(await publish(renamed('floor-10', 'tenth'))).toMatchObject({ version: 2 });
  });
});

it('a deny entry or pass that is over when it begins is refused', async () => {
  await publish();
  const past = Date.now() - 1;
  await expect(admin.deny({ merchantUserKey: 'a', until: past, reason: 'r' })).rejects.toMatchObject({
    status: 422,
    code: 'UNTIL_NOT_IN_FUTURE',
  });
  await expect(
    admin.issuePass({ merchantUserKey: 'a', zones: ['floor-10'], validUntil: past, reason: 'r' }),
  ).rejects.toMatchObject({ status: 422, errors: [{ path: 'validUntil' }] });
  expect(await admin.denies()).toEqual([]);
});

it('a pass that ends before it begins, or whose beginning is told in seconds, is refused', async () => {
  await publish();
  await putMembers(member('visitor', { groups: [] }));
  const tomorrow = Date.now() + 24 * 60 * 60_000;
  const pass = { merchantUserKey: 'visitor', zones: ['floor-10'], reason: 'r' };
  for (const [times, path] of [
    [{ validFrom: tomorrow, validUntil: tomorrow }, 'validUntil'],
    [{ validFrom: Math.floor(tomorrow / 1_000) }, 'validFrom'],
  ] as const) {
    await expect(admin.issuePass({ ...pass, ...times })).rejects.toMatchObject({
      status: 400,
      errors: [{ path }],
    });
  }
  expect(await askDoor('visitor')).toMatchObject({ verified: false });
  await admin.issuePass({ ...pass, validFrom: Date.now() });
  expect(await askDoor('visitor')).toMatchObject({ verified: true });
});

describe('what an administrator sends', () => {
  const described = routes.flatMap(({ spec: { method, path, access, body, query } }) =>
    typeof access === 'string'
      ? []
      : [
          ...(body === undefined ? [] : [{ name: `${method} ${path} body`, schema: body }]),
          ...(query === undefined ? [] : [{ name: `${method} ${path} query`, schema: query }]),
        ],
  );

  it('is described by many schemas', () => {
    expect(described.length).toBeGreaterThan(20);
  });

  it.each(described)('has no field that is dropped in silence: $name', ({ schema }) => {
    expect(looseObjects(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))).toEqual([]);
  });

  it('is refused with the name of a field that is misspelt', async () => {
    const misspelt = { ...member('000001'), validUtil: '2026-01-01T00:00:00Z' };
    await expect(putMembers(misspelt)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ path: 'members.0', message: expect.stringContaining('validUtil') }],
    });
  });

  it('names no person in an address', async () => {
    expect(await admin.recentVerifications({ merchantUserKey: 'a' })).toMatchObject([
      { merchantUserKey: 'a' },
    ]);
    for (const { spec } of routes) {
      const query =
        spec.query === undefined ? {} : z.toJSONSchema(spec.query, { io: 'input', unrepresentable: 'any' });
      expect(JSON.stringify(query)).not.toContain('merchantUserKey');
    }
  });
});

/** Paths of objects in a JSON Schema that take more fields than they name. */
function looseObjects(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const isLoose = 'properties' in schema && Reflect.get(schema, 'additionalProperties') !== false;
  return [
    ...(isLoose ? [path] : []),
    ...Object.entries(schema).flatMap(([key, value]) => looseObjects(value, `${path}/${key}`)),
  ];
}

describe('a key longer than any', () => {
  it('is nobody at a door, and leaves nothing behind', async () => {
    await publish();
    expect(
      await ask('/v1/access/permissions', { merchantUserKey: tooLong, params: { floor: '10' } }),
    ).toMatchObject({
      status: 200,
      body: { verified: false, code: 'ASK_STAFF' },
    });
    expect(await admin.lastDecisions()).toEqual([]);
  });

  it('is refused in a callback, as is a transaction of such a name', async () => {
    const callback = { merchantUserKey: 'a', txId: 't', registered: true };
    for (const body of [
      { ...callback, merchantUserKey: tooLong },
      { ...callback, txId: 't'.repeat(201) },
    ]) {
      expect(await ask('/v1/callback/registered', body)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST' },
      });
    }
    const { results } = await env.DB.prepare('SELECT * FROM registration_events').all();
    expect(results).toEqual([]);
  });

  it('is refused for a member by the same limit everywhere', async () => {
    const longest = 'k'.repeat(MERCHANT_USER_KEY_MAX);
    await publish();
    await putMembers(member(longest));
    expect(await admin.lookUpMembers({ merchantUserKey: longest })).toHaveLength(1);
    expect(await askDoor(longest)).toMatchObject({ verified: true });
    await expect(putMembers(member(tooLong))).rejects.toMatchObject({ status: 400 });
    await expect(admin.lookUpMembers({ merchantUserKey: tooLong })).rejects.toMatchObject({ status: 400 });
  });

  it('is not remembered', async () => {
    let asked = 0;
    const of = async () => {
      asked += 1;
      return { hmac: String(asked), sealed: 's' };
    };
    const people = rememberReferences({
      of,
      hmac: async () => '',
      seal: async () => '',
      open: async () => '',
      aliases: async () => [],
      wrap: async () => '',
    });
    for (const key of ['short', 'short', tooLong, tooLong]) await people.of(key);
    expect(asked).toBe(3);
  });
});
