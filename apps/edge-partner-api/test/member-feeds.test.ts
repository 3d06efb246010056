import { env } from 'cloudflare:workers';
import type { MemberEvent } from '@facepass-kit/protocol';
import { describe, expect, it } from 'vitest';
import { servicesOf } from '../src/services/services.ts';
import { createChangeHistory } from '../src/store/d1-members/change-history.ts';
import { createD1MemberFeed } from '../src/store/member-feed.ts';
import { adminClient, askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();

const admin = adminClient();

function upsert(sequence: number, key: string, more: Parameters<typeof member>[1] = {}): MemberEvent {
  return { sequence, kind: 'upsert', member: member(key, more) };
}

async function personOf(merchantUserKey: string): Promise<string> {
  return (await admin.lookUpMembers({ merchantUserKey }))[0]?.person ?? 'x'.repeat(43);
}

describe('changes that another system pushes', () => {
  it('are in force in its order, each once however often it is pushed', async () => {
    await publish();
    const events: MemberEvent[] = [
      upsert(1, '000001'),
      upsert(2, '000002'),
      { sequence: 3, kind: 'suspend', merchantUserKey: '000001' },
      upsert(4, '000003'),
      upsert(5, '000003', { status: 'suspended' }),
      { sequence: 6, kind: 'restore', merchantUserKey: '000003' },
      { sequence: 7, kind: 'erase', merchantUserKey: '000002' },
    ];
    expect(await admin.pushMemberEvents('hr', { events })).toEqual({
      lastSequence: 7,
      applied: 7,
      repeated: 0,
      rejected: [],
    });
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    expect(await askDoor('000002')).toMatchObject({ verified: false });
    expect(await askDoor('000003')).toMatchObject({ verified: true });
    const before = await admin.memberChanges({ limit: 1_000 });
    expect(await admin.pushMemberEvents('hr', { events: [...events, upsert(8, '000004')] })).toEqual({
      lastSequence: 8,
      applied: 1,
      repeated: 7,
      rejected: [],
    });
    expect((await admin.memberChanges({ after: before.lastSequence })).changes).toMatchObject([
      { merchantUserKey: '000004', version: 1 },
    ]);
  });

  it('are refused where some are missing, and go on behind the gap when somebody says so', async () => {
    await admin.pushMemberEvents('hr', { events: [upsert(1, '000001')] });
    await expect(admin.pushMemberEvents('hr', { events: [upsert(3, '000003')] })).rejects.toMatchObject({
      status: 409,
      code: 'SEQUENCE_GAP',
      errors: [{ path: 'events.0.sequence', message: 'expected 2' }],
    });
    await expect(
      admin.pushMemberEvents('hr', { events: [upsert(2, '000002'), upsert(4, '000004')] }),
    ).rejects.toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: 'events.1.sequence' }] });
    expect(await admin.memberFeed('hr')).toMatchObject({ lastSequence: 1 });
    await admin.setMemberFeed('hr', { lastSequence: 2, reason: 'ticket 7' });
    expect(await admin.pushMemberEvents('hr', { events: [upsert(3, '000003')] })).toMatchObject({
      applied: 1,
    });
    expect(await admin.memberFeed('gym')).toEqual({ lastSequence: 0, updatedAt: null });
  });

  it('that cannot be applied are named and hold up nothing that follows', async () => {
    await publish();
    await putMembers(member('000009', { identity: { ci: 'CI-9' } }), member('000008'), member('000007'));
    await admin.eraseMember(await personOf('000008'), 'asked for it');
    const events: MemberEvent[] = [
      upsert(1, '000001', { identity: { ci: 'CI-9' } }),
      upsert(2, '000008'),
      { sequence: 3, kind: 'suspend', merchantUserKey: 'nobody' },
      { sequence: 4, kind: 'suspend', merchantUserKey: '000007' },
    ];
    expect(await admin.pushMemberEvents('hr', { events })).toEqual({
      lastSequence: 4,
      applied: 1,
      repeated: 0,
      rejected: [
        { sequence: 2, code: 'ERASED' },
        { sequence: 1, code: 'CI_TAKEN' },
        { sequence: 3, code: 'UNKNOWN_MEMBER' },
      ],
    });
    expect(await askDoor('000007')).toMatchObject({ verified: false });
  });

  it('pushed twice at once are applied once: the slower push is told, and has changed nothing', async () => {
    await admin.pushMemberEvents('hr', { events: [upsert(1, '000001')] });
    let first = true;
    const slower = new Proxy(env.DB, {
      get(real, name) {
        const value: unknown = Reflect.get(real, name, real);
        if (typeof value !== 'function') return value;
        if (name !== 'batch') return value.bind(real);
        return async (statements: D1PreparedStatement[]) => {
          if (first) {
            first = false;
            await admin.pushMemberEvents('hr', {
              events: [{ sequence: 2, kind: 'suspend', merchantUserKey: '000001' }],
            });
          }
          return await real.batch(statements);
        };
      },
    });
    const stale: MemberEvent[] = [upsert(2, '000001', { groups: [] })];
    await expect(adminClient({ DB: slower }).pushMemberEvents('hr', { events: stale })).rejects.toMatchObject(
      {
        status: 409,
        code: 'FEED_MOVED',
      },
    );
    expect(await admin.member(await personOf('000001'))).toMatchObject({ status: 'suspended', version: 2 });
    expect(await admin.memberFeed('hr')).toMatchObject({ lastSequence: 2 });
  });
});

describe('the feed of changes', () => {
  it('names people by their key while they are members, and by reference alone once they are erased', async () => {
    await putMembers(member('000001'), member('000002'));
    const person = await personOf('000001');
    await admin.eraseMember(person, 'asked for it');
    const { changes } = await admin.memberChanges();
    expect(changes.map(({ merchantUserKey, version }) => [merchantUserKey, version])).toEqual([
      [null, 1],
      ['000002', 1],
      [null, 2],
    ]);
    expect(changes.at(-1)).toMatchObject({ person, facts: null });
  });
});

describe('changes of long ago', () => {
  const DAYS_MS = 86_400_000;
  const history = createChangeHistory(env.DB);
  const all = Number.MAX_SAFE_INTEGER;
  const age = async (days: number, condition = 'true') =>
    await env.DB.prepare(`UPDATE member_changes SET changed_at = changed_at - ? WHERE ${condition}`)
      .bind(days * DAYS_MS)
      .run();
  const kept = async () =>
    (
      await env.DB.prepare('SELECT sequence FROM member_changes ORDER BY sequence').all<{
        sequence: number;
      }>()
    ).results.map(({ sequence }) => sequence);

  it('are gone after 90 days, and whoever follows from there is told to begin with all members', async () => {
    await putMembers(member('000001'), member('000002'));
    await putMembers(member('000001', { groups: ['a'] }));
    await putMembers(member('000001', { groups: ['b'] }));
    await age(89);
    await history.thinOut(all, Date.now());
    expect(await kept()).toEqual([1, 2, 3, 4]);
    await age(2, 'sequence <= 3');
    await history.thinOut(all, Date.now());
    expect(await kept()).toEqual([1, 2, 4]);
    await expect(admin.memberChanges()).rejects.toMatchObject({
      status: 410,
      code: 'CURSOR_EXPIRED',
      message: expect.stringContaining('after=4'),
      errors: [{ path: 'after', message: 'expected at least 3' }],
    });
    await expect(admin.memberChanges({ after: 2 })).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    expect((await admin.memberChanges({ after: 3 })).changes).toMatchObject([{ sequence: 4 }]);
    expect(await admin.memberChanges({ after: 4 })).toEqual({ changes: [], lastSequence: 4 });
  });

  it('leave of everybody since when they are as they are, and no more, however often they change', async () => {
    await putMembers(member('000001'));
    const person = await personOf('000001');
    for (const verb of ['suspendMember', 'restoreMember', 'suspendMember'] as const) {
      await admin[verb](person, 'a test');
      await putMembers({ merchantUserKey: '000001', groups: [verb] });
      await age(100);
      await history.thinOut(all, Date.now());
      await putMembers(member('last'));
    }
    await age(100);
    await history.thinOut(all, Date.now());
    const [since] = await createD1MemberFeed(env.DB).standingsOf([person]);
    const { results } = await env.DB.prepare('SELECT changed_at FROM member_changes WHERE person = ?')
      .bind(person)
      .all<{ changed_at: number }>();
    expect(results).toEqual([{ changed_at: since?.since }]);
    expect(since).toMatchObject({ status: 'suspended' });
    await admin.eraseMember(person, 'asked for it');
    await age(100);
    await history.thinOut(all, Date.now());
    const fresh = await createD1MemberFeed(env.DB).after(0);
    // A mirror that begins anew is told of everybody, of who was erased as well.
    expect(fresh?.standings).toContainEqual(expect.objectContaining({ person, status: 'erased' }));
  });

  it('stay while the guard or the mirror has not heard of them', async () => {
    await putMembers(member('000001'));
    for (const group of ['a', 'b', 'c', 'd']) await putMembers(member('000001', { groups: [group] }));
    await age(100);
    await env.DB.prepare('UPDATE member_changes SET delivered_at = NULL WHERE sequence = 4').run();
    await history.thinOut(2, Date.now());
    expect(await kept()).toEqual([1, 3, 4, 5]);
    await history.thinOut(all, Date.now());
    expect(await kept()).toEqual([1, 4, 5]);
    expect((await admin.memberChanges({ after: 3 })).changes).toHaveLength(2);
  });
});

describe('writing one member', () => {
  it('replaces the facts over the version that was read, and the identity where one is given', async () => {
    await publish();
    await putMembers(
      member('000001', { identity: { ci: 'CI-1' } }),
      member('000002', { identity: { ci: 'CI-2' } }),
    );
    const person = await personOf('000001');
    const facts = { status: 'active' as const, groups: ['visitors'], tags: { team: 'b' } };
    expect(await admin.replaceMember(person, facts, { version: 1 })).toEqual({ version: 2 });
    expect(await admin.member(person)).toMatchObject({ ...facts, identified: { ci: true } });
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    await expect(admin.replaceMember(person, facts, { version: 1 })).rejects.toMatchObject({
      status: 412,
      code: 'VERSION_MOVED',
    });
    await expect(admin.replaceMember(person, { ...facts, identity: { ci: 'CI-2' } })).rejects.toMatchObject({
      status: 409,
      code: 'CI_TAKEN',
    });
    await admin.replaceMember(person, { ...facts, identity: { ci: 'CI-3' } });
    expect(await admin.lookUpMembers({ ci: 'CI-3' })).toMatchObject([
      { merchantUserKey: '000001', version: 3 },
    ]);
    expect(await admin.lookUpMembers({ ci: 'CI-1' })).toEqual([]);
    await expect(admin.replaceMember('x'.repeat(43), facts)).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER',
    });
  });
});

describe('the proof of an erasure', () => {
  it('says when the directory and the guard had cut what they had', async () => {
    await putMembers(member('000001'), member('000002'));
    const person = await personOf('000001');
    await admin.eraseMember(person, 'asked for it');
    const { erasures, lastSequence } = await admin.erasures();
    expect(erasures).toEqual([
      {
        person,
        version: 2,
        sequence: 3,
        erasedAt: expect.any(Number),
        forgottenAt: expect.any(Number),
        mirrored: null,
      },
    ]);
    expect(await admin.erasures({ after: lastSequence })).toMatchObject({ erasures: [] });
  });

  it('stays open while the guard cannot be asked, and is closed by cron', async () => {
    await publish();
    await putMembers(member('000001'));
    const person = await personOf('000001');
    await admin.issuePass({ merchantUserKey: '000001', zones: ['floor-11'], reason: 'visit' });
    const guard = env.GUARD.getByName('partner');
    const forgetful = {
      GUARD: {
        getByName: () => ({
          applyMembers: (changes: Parameters<typeof guard.applyMembers>[0]) => guard.applyMembers(changes),
          forgetPerson: async () => {
            throw new Error('down');
          },
        }),
      },
    };
    await expect(adminClient(forgetful).eraseMember(person, 'asked for it')).rejects.toMatchObject({
      status: 503,
      code: 'NOT_IN_FORCE_YET',
    });
    expect((await admin.erasures()).erasures).toMatchObject([{ person, forgottenAt: null }]);
    const members = await servicesOf(env).members();
    expect(await members.forgetErased(Date.now())).toBe(1);
    expect(await members.forgetErased(Date.now())).toBe(0);
    expect((await admin.erasures()).erasures).toMatchObject([{ forgottenAt: expect.any(Number) }]);
    expect(await admin.passes()).toEqual([]);
  });
});
