import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { adminClient, ask, askDoor, freshStores, member, publish, putMembers, sealForUs } from './world.ts';

freshStores();

const admin = adminClient();
const gildong = member('000001', {
  identity: { name: '홍길동', phoneNumber: '01012345678', birthDate: '19900101', ci: 'CI-1' },
});

async function personOf(merchantUserKey: string): Promise<string> {
  const [found] = await admin.lookUpMembers({ merchantUserKey });
  return found?.person ?? 'x'.repeat(43);
}

describe('the directory', () => {
  it('finds members by key, CI and phone number, exactly', async () => {
    await putMembers(gildong, member('000002', { identity: { phoneNumber: '01012345678' } }));
    expect(await admin.lookUpMembers({ merchantUserKey: '000001' })).toMatchObject([
      {
        merchantUserKey: '000001',
        version: 1,
        status: 'active',
        identified: { ci: true, phoneNumber: true },
      },
    ]);
    expect(await admin.lookUpMembers({ ci: 'CI-1' })).toHaveLength(1);
    expect(await admin.lookUpMembers({ phoneNumber: '01012345678' })).toHaveLength(2);
    expect(await admin.lookUpMembers({ ci: 'CI' })).toEqual([]);
  });

  it('lists by group, status and tag, page by page, everybody once', async () => {
    const keys = Array.from({ length: 7 }, (_, n) => `00000${n}`);
    await putMembers(
      ...keys.map((key, n) =>
        member(key, { groups: [n % 2 === 0 ? 'even' : 'odd'], tags: { n: String(n) } }),
      ),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await admin.listMembers({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.members.map(({ merchantUserKey }) => merchantUserKey));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.sort()).toEqual(keys);
    expect((await admin.listMembers({ group: 'odd' })).members).toHaveLength(3);
    expect((await admin.listMembers({ tag: 'n:3' })).members).toMatchObject([{ merchantUserKey: '000003' }]);
    await admin.suspendMember(await personOf('000004'), 'unpaid');
    expect((await admin.listMembers({ status: 'suspended' })).members).toMatchObject([
      { merchantUserKey: '000004' },
    ]);
  });

  it('suspends and restores at the next question, and only over the version that was read', async () => {
    await publish();
    await putMembers(gildong);
    const person = await personOf('000001');
    const { version } = await admin.suspendMember(person, 'unpaid', { version: 1 });
    expect(version).toBe(2);
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    await expect(admin.restoreMember(person, 'paid', { version: 1 })).rejects.toMatchObject({
      status: 412,
      code: 'VERSION_MOVED',
    });
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    await admin.restoreMember(person, 'paid', { version: 2 });
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    await expect(admin.suspendMember('x'.repeat(43), 'nobody')).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER',
    });
  });

  it('gives its changes in order, from any point on', async () => {
    await putMembers(member('000001'), member('000002'));
    const person = await personOf('000001');
    await admin.suspendMember(person, 'unpaid');
    const all = await admin.memberChanges();
    expect(all.changes.map(({ version }) => version)).toEqual([1, 1, 2]);
    expect(all.changes.at(-1)).toMatchObject({ person, facts: { status: 'suspended' } });
    expect(await admin.memberChanges({ after: all.lastSequence })).toEqual({
      changes: [],
      lastSequence: all.lastSequence,
    });
    const [, , third] = all.changes;
    expect((await admin.memberChanges({ after: (third?.sequence ?? 0) - 1 })).changes).toEqual([third]);
  });
});

describe('erasing a member', () => {
  it('leaves nothing readable, and the door closed', async () => {
    await publish();
    await putMembers(gildong);
    await askDoor('000001');
    await ask('/v1/callback/registered', { merchantUserKey: '000001', txId: 't', registered: true });
    const person = await personOf('000001');
    await admin.issuePass({ merchantUserKey: '000001', zones: ['floor-11'], reason: 'visit' });
    expect(await admin.eraseMember(person, 'asked for it')).toEqual({ version: 2 });

    expect(await askDoor('000001')).toMatchObject({ verified: false });
    expect((await ask('/v1/user/validate', await sealForUs({ encryptedCI: 'CI-1' }))).body).toMatchObject({
      merchantUserKey: null,
    });
    expect(await admin.lookUpMembers({ merchantUserKey: '000001' })).toEqual([]);
    expect(await env.DB.prepare('SELECT * FROM members').first()).toMatchObject({
      person,
      merchant_user_key: '',
      identity: null,
      ci_index: null,
      phone_index: null,
    });
    expect(
      await env.DB.prepare('SELECT count(*) AS n FROM member_changes WHERE facts IS NOT NULL').first('n'),
    ).toBe(0);
    expect(await env.DB.prepare('SELECT count(*) AS n FROM registration_events').first('n')).toBe(0);
    expect(await admin.passes()).toEqual([]);
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    expect((await env.RULES.list({ prefix: 'member:' })).keys).toEqual([]);
    const kept = await runInDurableObject(env.GUARD.getByName('partner'), (_, { storage }) =>
      storage.sql
        .exec<{ sealed: string }>(
          "SELECT message ->> '$.person.sealed' AS sealed FROM decisions ORDER BY sequence",
        )
        .toArray(),
    );
    // The question asked before; the one asked after names a key that its caller sent again.
    expect(kept.map(({ sealed }) => sealed === 'erased')).toEqual([true, false]);
  });

  it('is not undone by an import, only by readmission', async () => {
    await putMembers(gildong);
    await admin.eraseMember(await personOf('000001'), 'asked for it');
    await expect(putMembers(member('000002'), gildong)).rejects.toMatchObject({
      status: 409,
      code: 'ERASED',
      errors: [{ path: 'members.1' }],
    });
    expect(await admin.lookUpMembers({ merchantUserKey: '000002' })).toEqual([]);
    expect(await putMembers({ ...gildong, readmit: true })).toMatchObject({ members: [{ version: 3 }] });
  });

  it('is refused over another version, and then erases nothing', async () => {
    await putMembers(gildong);
    await putMembers(gildong);
    const person = await personOf('000001');
    await expect(admin.eraseMember(person, 'asked for it', { version: 1 })).rejects.toMatchObject({
      code: 'VERSION_MOVED',
    });
    expect(await admin.member(person)).toMatchObject({ version: 2, identified: { ci: true } });
    expect(
      await env.DB.prepare('SELECT count(*) AS n FROM member_changes WHERE facts IS NULL').first('n'),
    ).toBe(0);
  });
});
