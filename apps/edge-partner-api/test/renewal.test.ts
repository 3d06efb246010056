import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ReleaseInput } from '@facepass-kit/access';
import {
  createBlindIndex,
  createDataCipher,
  type DataKey,
  generateDataKey,
  generatePepper,
  type MemberEvent,
} from '@facepass-kit/protocol';
import { describe, expect, it, vi } from 'vitest';
import { servicesOf } from '../src/services/services.ts';
import { countedBindings, laggingKv, strictD1 } from './counting.ts';
import { forgetOverlay, guardSees, watchedKv } from './guard-kv.ts';
import { renew, rotation, secret } from './rotation.ts';
import {
  adminClient,
  ask,
  askDoor,
  freshStores,
  member,
  offices,
  publish,
  putMembers,
  sealForUs,
} from './world.ts';

freshStores();

const floor10 = { floor: '10' };
const identity = { name: '홍길동', phoneNumber: '01012345678', birthDate: '19900101', ci: 'CI-1' };

async function everythingStored(): Promise<string> {
  const tables = ['members', 'member_changes', 'registration_events', 'audit', 'erasures'];
  const d1 = await Promise.all(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`).all()));
  const { keys } = await env.RULES.list();
  const guard = await runInDurableObject(env.GUARD.getByName('partner'), (_, { storage }) =>
    ['overlay', 'counters', 'passes', 'denies', 'presence', 'presence_events', 'companions'].map((table) =>
      storage.sql.exec(`SELECT * FROM "${table}"`).toArray(),
    ),
  );
  return JSON.stringify([d1, keys, guard]);
}

/** Has the guard write to KV what it knows. */
async function guardWrites(): Promise<void> {
  await runDurableObjectAlarm(env.GUARD.getByName('partner'));
}

async function nameOf(pepper: string, key: string): Promise<string> {
  return await (await createBlindIndex(pepper)).of('merchantUserKey', key);
}

describe('changing the pepper', () => {
  const rules: ReleaseInput = {
    ...offices,
    zones: [...(offices.zones ?? []), { id: 'pool', match: { door: 'pool' }, area: 'pool' }],
    areas: [{ id: 'pool', maxOccupancy: 1 }],
    rules: [
      {
        id: 'once',
        effect: 'permit',
        who: { groups: ['staff'] },
        zones: ['floor-10', 'pool'],
        quota: { max: 1, per: 'day' },
      },
    ],
  };

  it('is answered alike at every moment: before, while people are moved one after the other, and after', async () => {
    await publish(rules);
    const keys = Array.from({ length: 5 }, (_, n) => `00000${n}`);
    await putMembers(...keys.map((key) => member(key)), member('suspended', { status: 'suspended' }));
    await putMembers(member('denied'), member('visitor', { groups: [] }), member('guest', { groups: [] }));
    const admin = adminClient();
    await admin.deny({ merchantUserKey: 'denied', reason: 'r' });
    await admin.deny({ merchantUserKey: 'stranger', reason: 'r' });
    await admin.issuePass({ merchantUserKey: 'guest', zones: ['floor-10'], reason: 'r' });
    for (const key of keys) expect(await askDoor(key, floor10)).toMatchObject({ verified: true });
    const { during, after } = rotation();

    const check = async (deployment: object) => {
      for (const key of ['suspended', 'denied', 'stranger', 'visitor', 'nobody']) {
        expect(await askDoor(key, floor10, deployment), key).toMatchObject({ verified: false });
      }
      const explain = async (merchantUserKey: string, params: Record<string, string> = floor10) =>
        await adminClient(deployment).explain({ merchantUserKey, params });
      for (const key of keys) {
        // The permit of before is repeated, and the one entry of the day is spent: under whichever name they stand.
        expect(await explain(key), key).toMatchObject({ verified: true });
        expect(await explain(key, { door: 'pool' }), key).toMatchObject({ reason: 'quota_spent' });
      }
      expect(await explain('guest')).toMatchObject({ verified: true });
      expect(await explain('stranger')).toMatchObject({ verified: false });
    };
    await check(during);
    const view = await renew(during, async () => {
      await check(during);
      const restore = await guardSees(laggingKv());
      await check({ ...during, RULES: laggingKv() });
      await restore();
    });
    expect(view).toMatchObject({
      run: { state: 'done', members: 9, tombstones: 0 },
      left: { members: 0, tombstones: 0 },
      rotatingPepper: true,
    });
    await check(during);
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    await renew(after);
    await check(after);
    for (const key of keys) {
      expect(await askDoor(key, floor10, after), key).toMatchObject({ verified: true });
      expect(await askDoor(key, { door: 'pool' }, after), key).toMatchObject({ verified: false });
    }
  });

  it('keeps out who is denied at doors without the guard, at every moment and for Workers of before', async () => {
    await publish(offices);
    await putMembers(member('000001'), member('denied'), member('visitor'));
    const admin = adminClient();
    await admin.deny({ merchantUserKey: 'denied', reason: 'r' });
    await admin.deny({ merchantUserKey: 'visitor', reason: 'r' });
    await guardWrites();
    const { during, after } = rotation();
    // A deployment of its own for each look: doors remember what they read for a while.
    const check = async (deployment: object) => {
      const doors = { ...deployment, EVENTUAL_SITES: 'hq' };
      expect(await askDoor('000001', floor10, doors)).toMatchObject({ verified: true });
      for (const key of ['denied', 'visitor']) {
        expect(await askDoor(key, floor10, doors), key).toMatchObject({ verified: false });
      }
    };
    await check({});
    await check(during);
    // Named by an operator, and so moved before anybody else.
    await adminClient(during).issuePass({ merchantUserKey: 'visitor', zones: ['floor-11'], reason: 'r' });
    await guardWrites();
    await check({});
    await check(during);
    await renew(during, async () => {
      await guardWrites();
      await check(during);
    });
    await check(during);
    await check(after);
    await renew(after);
    await guardWrites();
    await check(after);
    expect(await env.RULES.get('doors')).not.toContain(await nameOf(secret('PEPPER'), 'denied'));
  });

  it('leaves no name of before anywhere', async () => {
    await publish(rules);
    await putMembers(member('000001', { identity }), member('gone'));
    const admin = adminClient();
    const [gone] = await admin.lookUpMembers({ merchantUserKey: 'gone' });
    await admin.eraseMember(gone?.person ?? '', 'asked for it');
    await ask('/v1/callback/registered', { merchantUserKey: '000001', txId: 't', registered: true });
    await admin.deny({ merchantUserKey: '000001', zones: ['floor-11'], reason: 'r' });
    await admin.issuePass({ merchantUserKey: 'guest', zones: ['floor-11'], reason: 'r' });
    await askDoor('000001', { door: 'pool' });
    const [found] = await admin.lookUpMembers({ merchantUserKey: '000001' });
    await admin.suspendMember(found?.person ?? '', 'r');
    await admin.restoreMember(found?.person ?? '', 'r');
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    // The mirror has taken over the key of who was erased.
    await env.DB.prepare('DELETE FROM departures').run();
    const old = secret('PEPPER');
    const oldNames = await Promise.all(['000001', 'gone', 'guest'].map((key) => nameOf(old, key)));
    const before = await everythingStored();
    for (const name of oldNames) expect(before).toContain(name);

    const { during, pepper } = rotation();
    expect(await renew(during)).toMatchObject({ run: { members: 1, tombstones: 1 }, left: { members: 0 } });
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    await forgetOverlay();
    const stored = await everythingStored();
    for (const name of oldNames) expect(stored).not.toContain(name);
    expect(stored).toContain(await nameOf(pepper, '000001'));
    const fresh = adminClient(during);
    expect(await fresh.lookUpMembers({ ci: 'CI-1' })).toMatchObject([
      { merchantUserKey: '000001', version: 3 },
    ]);
    expect((await fresh.passes()).map(({ merchantUserKey }) => merchantUserKey)).toEqual(['guest']);
    expect((await fresh.denies()).map(({ merchantUserKey }) => merchantUserKey)).toEqual(['000001']);
    expect(await askDoor('000001', { door: 'pool' }, during)).toMatchObject({ verified: true });
  });

  it('finds people by key, CI and phone number wherever they are, and lets a CI be one person’s', async () => {
    await putMembers(member('000001', { identity }));
    const { during } = rotation();
    const admin = adminClient(during);
    const sealed = await sealForUs({ encryptedCI: 'CI-1' });
    expect((await ask('/v1/user/validate', sealed, during)).body).toMatchObject({
      merchantUserKey: '000001',
    });
    for (const name of [{ ci: 'CI-1' }, { phoneNumber: '01012345678' }, { merchantUserKey: '000001' }]) {
      expect(await admin.lookUpMembers(name)).toHaveLength(1);
    }
    await expect(
      admin.upsertMembers({ members: [member('000002', { identity: { ci: 'CI-1' } })] }),
    ).rejects.toMatchObject({ code: 'CI_TAKEN' });
    await admin.upsertMembers({ members: [member('000001', { groups: [] })] });
    expect(await env.DB.prepare('SELECT count(*) AS n FROM members').first('n')).toBe(1);
    expect(await admin.lookUpMembers({ ci: 'CI-1' })).toMatchObject([{ version: 2, groups: [] }]);
    const events: MemberEvent[] = [{ sequence: 1, kind: 'suspend', merchantUserKey: '000001' }];
    expect(await admin.pushMemberEvents('hr', { events })).toMatchObject({ applied: 1 });
  });

  it('shuts nobody out who is named anew once more, when the guard has forgotten the one name and not yet the other', async () => {
    await publish();
    await putMembers(member('000001'), member('000002'), member('erased'));
    await guardWrites();
    const [{ person = '' } = {}] = await adminClient().lookUpMembers({ merchantUserKey: 'erased' });
    await adminClient().eraseMember(person, 'r');
    const { during, pepper } = rotation();
    await renew(during);
    await adminClient(during).upsertMembers({ members: [member('000002', { groups: ['staff', 'guards'] })] });
    await guardWrites();
    const present = await Promise.all(['000001', '000002', 'erased'].map((key) => nameOf(pepper, key)));
    await runInDurableObject(env.GUARD.getByName('partner'), (_, { storage }) => {
      for (const name of present) storage.sql.exec('DELETE FROM overlay WHERE person = ?', name);
    });
    // As a file does that says nothing new.
    const members = await servicesOf({ ...env, ...during } as unknown as typeof env).members();
    await members.compare(['000001', '000002', 'erased'].map((merchantUserKey) => ({ merchantUserKey })));
    for (let twice = 0; twice < 2; twice++) {
      for (const key of ['000001', '000002']) {
        expect(await askDoor(key, floor10, during)).toMatchObject({ verified: true });
      }
      expect(await askDoor('erased', floor10, during)).toMatchObject({ verified: false });
      await guardWrites();
    }
  });

  it('lets a CI be one person’s also where one member alone is written over', async () => {
    await putMembers(member('000001', { identity }), member('000002'), member('000003'));
    const personOf = async (key: string) =>
      (await adminClient().lookUpMembers({ merchantUserKey: key }))[0]?.person ?? '';
    const [owner, other, third] = [
      await personOf('000001'),
      await personOf('000002'),
      await personOf('000003'),
    ];
    const { during } = rotation();
    const admin = adminClient(during);
    const facts = { status: 'active' as const, groups: ['staff'] };
    const taken = { status: 409, code: 'CI_TAKEN', errors: [{ path: 'members.0.identity.ci' }] };
    await expect(admin.replaceMember(other, { ...facts, identity: { ci: 'CI-1' } })).rejects.toMatchObject(
      taken,
    );
    await admin.replaceMember(owner, { ...facts, identity });
    await admin.replaceMember(other, { ...facts, identity: { ci: 'CI-2' } });
    await expect(admin.replaceMember(third, { ...facts, identity: { ci: 'CI-2' } })).rejects.toMatchObject(
      taken,
    );
    expect(await renew(during)).toMatchObject({ left: { members: 0 } });
    const found = async (ci: string) =>
      (await admin.lookUpMembers({ ci })).map(({ merchantUserKey }) => merchantUserKey);
    expect([await found('CI-1'), await found('CI-2')]).toEqual([['000001'], ['000002']]);
  });

  it('is in force for changes made meanwhile, whichever Worker hears of them', async () => {
    await publish();
    await putMembers(member('000001'), member('000002'));
    const { during } = rotation();
    await guardSees(laggingKv());
    const newer = adminClient(during);
    // A Worker of before, that knows one pepper, suspends somebody whom the guard knows under the new name already.
    await newer.deny({ merchantUserKey: '000001', zones: ['floor-11'], reason: 'r' });
    const [first] = await adminClient().lookUpMembers({ merchantUserKey: '000001' });
    await adminClient().suspendMember(first?.person ?? '', 'r');
    expect(await askDoor('000001', floor10, during)).toMatchObject({ verified: false });
    expect(await askDoor('000001', floor10)).toMatchObject({ verified: false });
    // And a Worker of now changes somebody about whom one of before is asked.
    await newer.upsertMembers({ members: [member('000002', { status: 'suspended' })] });
    expect(await askDoor('000002', floor10)).toMatchObject({ verified: false });
    expect(await askDoor('000002', floor10, during)).toMatchObject({ verified: false });
    await newer.upsertMembers({ members: [member('000003')] });
    expect(await askDoor('000003', floor10, during)).toMatchObject({ verified: true });
  });

  it.each(['erased', 'suspended'])(
    'keeps out who is %s though the guard, and not yet the directory, knows them by another name',
    async (how) => {
      await publish();
      await putMembers(member('000001'));
      await guardWrites();
      await forgetOverlay();
      const { during } = rotation();
      expect(await askDoor('000001', floor10, during)).toMatchObject({ verified: true });
      // The guard moves whoever has asked.
      await guardWrites();
      const admin = adminClient(during);
      const [{ person = '' } = {}] = await admin.lookUpMembers({ merchantUserKey: '000001' });
      await (how === 'erased' ? admin.eraseMember(person, 'r') : admin.suspendMember(person, 'r'));
      const check = async () => {
        expect(await askDoor('000001', floor10, during)).toMatchObject({ verified: false });
        expect(await askDoor('000001', floor10)).toMatchObject({ verified: false });
      };
      await check();
      await guardWrites();
      await forgetOverlay();
      await check();
      await renew(during);
      await guardWrites();
      await forgetOverlay();
      await check();
      const { keys } = await env.RULES.list({ prefix: 'member:' });
      expect(keys).toHaveLength(how === 'erased' ? 0 : 1);
    },
  );

  it('lets in who is asked about by a Worker of before, long after they were moved', async () => {
    await publish();
    await putMembers(member('000001'));
    await guardWrites();
    await renew(rotation().during);
    await guardWrites();
    await forgetOverlay();
    expect(await askDoor('000001', floor10)).toMatchObject({ verified: true });
  });

  it('keeps out who was suspended since, where a Worker is late that still asks under both names', async () => {
    await publish();
    await putMembers(member('000001'));
    const { during, after } = rotation();
    await renew(during);
    await guardWrites();
    await renew(after);
    await forgetOverlay();
    const { kv, watched } = watchedKv();
    await guardSees(kv);
    const before = await env.RULES.get(`member:${await nameOf(during.PEPPER, '000001')}`, 'json');
    watched.answer = async (key) => (key.includes(await nameOf(during.PEPPER, '000001')) ? before : null);
    expect(await askDoor('000001', floor10, during)).toMatchObject({ verified: true });
    const [{ person = '' } = {}] = await adminClient(after).lookUpMembers({ merchantUserKey: '000001' });
    await adminClient(after).suspendMember(person, 'r');
    expect(await askDoor('000001', floor10, after)).toMatchObject({ verified: false });
    expect(await askDoor('000001', floor10, during)).toMatchObject({ verified: false });
  });

  it('keeps erased people erased through two changes, and readmits them when that is said', async () => {
    await putMembers(member('gone'), member('back'));
    const admin = adminClient();
    for (const key of ['gone', 'back']) {
      const [found] = await admin.lookUpMembers({ merchantUserKey: key });
      await admin.eraseMember(found?.person ?? '', 'asked for it');
    }
    // The mirror has taken over the key of one of them, and the other's name is held back with it.
    const held = await nameOf(secret('PEPPER'), 'back');
    await env.DB.prepare('DELETE FROM departures WHERE person <> ?1').bind(held).run();
    const { during, pepper, after } = rotation();
    const second = generatePepper();
    const again = { ...after, PEPPER: second, PREVIOUS_PEPPER: pepper };
    const last = { ...after, PEPPER: second, RETIRED_PEPPERS: `${pepper},${secret('PEPPER')}` };
    for (const deployment of [during, after, again, last]) {
      await expect(
        adminClient(deployment).upsertMembers({ members: [member('gone')] }),
      ).rejects.toMatchObject({
        code: 'ERASED',
      });
      await renew(deployment);
    }
    await expect(adminClient(last).upsertMembers({ members: [member('back')] })).rejects.toMatchObject({
      code: 'ERASED',
    });
    await adminClient(last).upsertMembers({ members: [member('back', { readmit: true })] });
    expect(await adminClient(last).lookUpMembers({ merchantUserKey: 'back' })).toHaveLength(1);
    const rows = await env.DB.prepare('SELECT status FROM members').all();
    expect(rows.results).toHaveLength(2);
  });

  it('costs a question one more KV read at most', async () => {
    await publish();
    await putMembers(member('000001'));
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    const { kv, watched } = watchedKv();
    await guardSees(kv);
    const { bindings, counts } = countedBindings();
    const { during } = rotation();
    await forgetOverlay();
    const doors = { ...during, DB: bindings.DB, GUARD: bindings.GUARD };
    await askDoor('000001', floor10, doors);
    expect({ ...counts, kv: watched.reads }).toEqual({ kv: 1, guard: 1, d1: 0 });
    // Moved by the guard, and not yet in KV under the new name.
    await guardWrites();
    watched.reads = 0;
    await askDoor('000001', floor10, doors);
    expect({ ...counts, kv: watched.reads }).toEqual({ kv: 2, guard: 2, d1: 0 });
  });
});

describe('changing the data key', () => {
  it('leaves everything readable under the new key alone, and can be stopped after any step', async () => {
    await publish();
    await putMembers(
      ...Array.from({ length: 250 }, (_, n) => member(`m${n}`, { identity: { ci: `CI-${n}` } })),
    );
    const admin = adminClient();
    await admin.issuePass({ merchantUserKey: 'guest', zones: ['floor-11'], reason: 'r' });
    const keys: DataKey[] = JSON.parse(secret('DATA_KEYS'));
    const fresh = generateDataKey('k2');
    const JOBS = { create: async () => ({}) };
    const both = { DATA_KEYS: JSON.stringify([fresh, ...keys]), JOBS };
    const { run } = await adminClient(both).beginRenewal('ticket 7');
    let steps = 0;
    do {
      steps += 1;
      // Every step in a Worker that has just started.
      const renewals = await servicesOf({ ...env, ...both } as unknown as typeof env).renewals();
      if (!(await renewals.advance(run?.id ?? ''))) break;
    } while (steps < 50);
    expect(await adminClient(both).renewal()).toMatchObject({
      run: { state: 'done', members: 250, releases: 1 },
      left: { members: 0 },
      currentDataKey: 'k2',
    });
    const alone = { DATA_KEYS: JSON.stringify([fresh]), JOBS };
    const cipher = await createDataCipher([fresh]);
    const { results } = await env.DB.prepare('SELECT person, merchant_user_key, version FROM members').all<{
      person: string;
      merchant_user_key: string;
      version: number;
    }>();
    for (const { person, merchant_user_key, version } of results) {
      expect(await cipher.open(merchant_user_key, `person:${person}`)).toMatch(/^m\d+$/);
      expect(version).toBe(1);
    }
    const sealed = await sealForUs({ encryptedCI: 'CI-7' });
    expect((await ask('/v1/user/validate', sealed, alone)).body).toMatchObject({ merchantUserKey: 'm7' });
    expect((await adminClient(alone).passes()).map(({ merchantUserKey }) => merchantUserKey)).toEqual([
      'guest',
    ]);
    const [head] = await adminClient(alone).releases();
    expect(await adminClient(alone).release(head?.hash ?? '')).toMatchObject({ sites: [{ id: 'hq' }] });
    const bodies = await runInDurableObject(env.GUARD.getByName('partner'), (_, { storage }) =>
      storage.sql.exec<{ body: string }>('SELECT body FROM releases').toArray(),
    );
    expect(bodies.every(({ body }) => body.startsWith('k1.'))).toBe(true);
  });

  it('leaves readable whose face is still to be unregistered: their keys wait for a mirror that is away', async () => {
    const left = Array.from({ length: 3 }, (_, n) => `left-${n}`);
    await putMembers(...left.map((key) => member(key)));
    for (const key of left) {
      const [{ person = '' } = {}] = await adminClient().lookUpMembers({ merchantUserKey: key });
      await adminClient().eraseMember(person, 'left');
    }
    const fresh = generateDataKey('k2');
    const keys: DataKey[] = JSON.parse(secret('DATA_KEYS'));
    const both = { DATA_KEYS: JSON.stringify([fresh, ...keys]), JOBS: { create: async () => ({}) } };
    expect(await adminClient(both).renewal()).toMatchObject({ left: { members: 3 } });
    expect(await renew(both)).toMatchObject({ run: { members: 3 }, left: { members: 0 } });
    const cipher = await createDataCipher([fresh]);
    const { results } = await env.DB.prepare(
      'SELECT person, merchant_user_key AS sealed FROM departures',
    ).all<{
      person: string;
      sealed: string;
    }>();
    const opened = results.map(({ person, sealed }) => cipher.open(sealed, `person:${person}`));
    expect((await Promise.all(opened)).sort()).toEqual(left);
  });

  it('is refused while it runs, and driven by its Workflow', async () => {
    await publish();
    await putMembers(member('000001'));
    const admin = adminClient();
    await admin.beginRenewal('ticket 7');
    await vi.waitUntil(async () => (await admin.renewal()).run?.state === 'done', { timeout: 60_000 });
    const held = adminClient({ JOBS: { create: async () => ({}) } });
    await held.beginRenewal('ticket 8');
    await expect(held.beginRenewal('ticket 9')).rejects.toMatchObject({
      status: 409,
      code: 'RENEWAL_RUNNING',
    });
  });
});

describe('members with much to say', () => {
  /** More than 12 KB each: two hundred of them are more than D1 and the guard's storage take in one value. */
  const tags = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`설명-${n}`, '가'.repeat(200)]));
  const keys = Array.from({ length: 200 }, (_, n) => `m${n}`);

  it('are moved as well, and as many at once as fit', async () => {
    await putMany();
    const during = { ...rotation().during, DB: strictD1() };
    const view = await renew(during);
    expect(view).toMatchObject({ run: { state: 'done', members: 200 }, left: { members: 0 } });
    expect(await adminClient(during).lookUpMembers({ merchantUserKey: 'm199' })).toMatchObject([{ tags }]);
  });

  it('are moved where they are written meanwhile by what is short', async () => {
    await putMany();
    const during = { ...rotation().during, DB: strictD1() };
    const admin = adminClient(during);
    await admin.upsertMembers({
      members: keys.map((merchantUserKey) => ({ merchantUserKey, locale: 'ko' })),
    });
    expect(await admin.lookUpMembers({ merchantUserKey: 'm199' })).toMatchObject([
      { tags, locale: 'ko', version: 2 },
    ]);
    expect(await admin.renewal()).toMatchObject({ left: { members: 0 } });
  });

  async function putMany(): Promise<void> {
    for (let first = 0; first < keys.length; first += 50) {
      await putMembers(...keys.slice(first, first + 50).map((key) => member(key, { tags })));
    }
  }
});
