import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ReleaseInput } from '@facepass-kit/access';
import { describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  adminClient,
  askDoor,
  freshStores,
  member,
  offices,
  publish,
  putMembers,
  send,
} from './world.ts';

freshStores();

const admin = adminClient();
/** Takes what is over already, as if time had passed; the admin API refuses that. */
const ended = () => env.GUARD.getByName('partner');

/** A hall with one place, entered at gate A and left at gate B. */
const hall: ReleaseInput = {
  ...offices,
  zones: [
    { id: 'hall-in', match: { gate: 'A' }, direction: 'in', area: 'hall' },
    { id: 'hall-out', match: { gate: 'B' }, direction: 'out', area: 'hall' },
    { id: 'floor-10', match: { floor: '10' } },
  ],
  areas: [{ id: 'hall', maxOccupancy: 1, antiPassback: { mode: 'hard' } }],
  rules: [{ id: 'all', effect: 'permit', who: { groups: ['staff'] }, zones: ['*'] }],
};

describe('denies', () => {
  it('keep a member or a group out at the next question, until they are withdrawn', async () => {
    await publish();
    await putMembers(member('000001'), member('guard', { groups: ['guards'] }));
    const one = await admin.deny({ merchantUserKey: '000001', reason: 'lost badge' });
    expect(one).toMatchObject({ merchantUserKey: '000001', group: null, reason: 'lost badge' });
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'ASK_STAFF' });
    expect(await askDoor('guard')).toMatchObject({ verified: true });
    const all = await admin.deny({ group: 'staff', zones: ['floor-10'], reason: 'works' });
    expect(await askDoor('guard')).toMatchObject({ verified: false });
    expect(await admin.denies()).toHaveLength(2);
    await admin.withdrawDeny(one.id);
    await admin.withdrawDeny(all.id);
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    await expect(admin.withdrawDeny(one.id)).rejects.toMatchObject({ status: 404, code: 'UNKNOWN_ENTRY' });
  });

  it('outlive the guard’s memory', async () => {
    await publish();
    await putMembers(member('000001'));
    await admin.deny({ merchantUserKey: '000001', reason: 'lost badge' });
    await evictDurableObject(env.GUARD.getByName('partner'));
    expect(await askDoor('000001')).toMatchObject({ verified: false });
  });

  it('end by themselves', async () => {
    await publish();
    await putMembers(member('000001'));
    await ended().deny({
      id: 'over',
      subject: { kind: 'group', group: 'staff' },
      zones: null,
      until: Date.now() - 1,
      reason: 'over',
    });
    expect(await askDoor('000001')).toMatchObject({ verified: true });
  });

  it('are refused for a zone or group that is not there', async () => {
    await publish();
    await expect(admin.deny({ group: 'staf', zones: ['floor-12'], reason: 'x' })).rejects.toMatchObject({
      status: 422,
      code: 'UNKNOWN_ID',
      errors: [{ path: 'floor-12' }, { path: 'staf' }],
    });
    await expect(admin.deny({ reason: 'nobody' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('passes', () => {
  it('let a member in as often as they say, and tell how often they were used', async () => {
    await publish();
    await putMembers(member('visitor', { groups: [] }));
    expect(await askDoor('visitor', { floor: '11' })).toMatchObject({ verified: false });
    const pass = await admin.issuePass({
      merchantUserKey: 'visitor',
      zones: ['floor-11', 'floor-10'],
      maxUses: 1,
      reason: 'visit',
    });
    expect(await askDoor('visitor', { floor: '11' })).toMatchObject({ verified: true });
    expect(await admin.passes()).toMatchObject([
      { id: pass.id, merchantUserKey: 'visitor', uses: 1, maxUses: 1 },
    ]);
    expect(await askDoor('visitor', { floor: '10' })).toMatchObject({
      verified: false,
      code: 'PASS_USED_UP',
    });
  });

  it('are worth nothing once revoked', async () => {
    await publish();
    await putMembers(member('visitor', { groups: [] }));
    const { id } = await admin.issuePass({
      merchantUserKey: 'visitor',
      zones: ['floor-11'],
      reason: 'visit',
    });
    await admin.revokePass(id);
    expect(await askDoor('visitor', { floor: '11' })).toMatchObject({ verified: false });
  });
});

describe('presence', () => {
  it('is seen, and can be reset for one or for all', async () => {
    await publish(hall);
    await putMembers(member('a'), member('b'));
    expect(await askDoor('a', { gate: 'A' })).toMatchObject({ verified: true });
    expect(await askDoor('b', { gate: 'A' })).toMatchObject({ verified: false, code: 'AREA_FULL' });
    expect(await admin.presence('hall')).toMatchObject({
      occupancy: 1,
      maxOccupancy: 1,
      inside: [{ merchantUserKey: 'a' }],
    });
    expect(await admin.resetPresence('hall', { merchantUserKey: 'b', reason: 'x' })).toBe(0);
    expect(await admin.resetPresence('hall', { merchantUserKey: 'a', reason: 'left by the window' })).toBe(1);
    expect(await askDoor('b', { gate: 'A' })).toMatchObject({ verified: true });
    expect(await admin.resetPresence('hall', { reason: 'closing' })).toBe(1);
    expect(await admin.presence('hall')).toMatchObject({ occupancy: 0, inside: [] });
    await expect(admin.presence('nowhere')).rejects.toMatchObject({ code: 'UNKNOWN_AREA' });
  });

  it('is entered by two, of whom nobody counts who has left', async () => {
    const areas = [{ id: 'hall', twoPerson: { withinSeconds: 600 } }];
    await publish({ ...hall, areas });
    await putMembers(member('000001'), member('000002'), member('000003'));
    expect(await askDoor('000001', { gate: 'A' })).toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    expect(await askDoor('000002', { gate: 'A' })).toMatchObject({ verified: true });
    expect(await askDoor('000001', { gate: 'A' })).toMatchObject({ verified: true });
    expect(await askDoor('000003', { gate: 'A' })).toMatchObject({ verified: true });
    for (const key of ['000001', '000002', '000003']) {
      expect(await askDoor(key, { gate: 'B' })).toMatchObject({ verified: true });
    }
    expect(await askDoor('000003', { gate: 'A' })).toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
  });

  it.each([
    ['is suspended', () => putMembers(member('000002', { status: 'suspended', groups: ['guards'] }))],
    ['is put on the deny list', () => admin.deny({ merchantUserKey: '000002', reason: 'r' })],
    ['is in a group that is', () => admin.deny({ group: 'guards', reason: 'r' })],
  ])('let nobody in by the asking of somebody who then %s', async (_, keepOut) => {
    const areas = [{ id: 'hall', twoPerson: { withinSeconds: 600 } }];
    await publish({ ...hall, areas });
    await putMembers(member('000001'), member('000002', { groups: ['guards'] }), member('000003'));
    expect(await askDoor('000002', { gate: 'A' })).toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    await keepOut();
    expect(await askDoor('000001', { gate: 'A' })).toMatchObject({
      verified: false,
      code: 'SECOND_PERSON_NEEDED',
    });
    expect(await askDoor('000003', { gate: 'A' })).toMatchObject({ verified: true });
  });

  it('makes room when somebody leaves, and stops a second entry without a leave', async () => {
    await publish(hall);
    await putMembers(member('a'), member('b'));
    await askDoor('a', { gate: 'A' });
    await askDoor('a', { gate: 'B' });
    expect(await askDoor('b', { gate: 'A' })).toMatchObject({ verified: true });
    await publish({ ...hall, sites: [{ id: 'hq', timeZone: 'Asia/Seoul', repeatSeconds: 0 }] });
    expect(await askDoor('b', { gate: 'A' })).toMatchObject({ verified: false, code: 'ANTI_PASSBACK' });
  });
});

describe('what operators see', () => {
  it('sites with their modes, which end by themselves', async () => {
    await publish();
    await admin.setSiteMode('hq', { mode: 'lockdown', reason: 'drill', until: Date.now() + 60_000 });
    expect(await admin.sites()).toMatchObject([{ siteId: 'hq', mode: 'lockdown', reason: 'drill' }]);
    await ended().setSiteMode({ siteId: 'hq', mode: 'lockdown', reason: 'drill', until: Date.now() - 1 });
    expect(await admin.sites()).toMatchObject([{ siteId: 'hq', mode: 'normal', until: null }]);
  });

  it('the last decisions, newest first, with what each depended on', async () => {
    await publish();
    await putMembers(member('000001'));
    await askDoor('000001');
    await askDoor('nobody');
    expect(await admin.lastDecisions()).toMatchObject([
      { merchantUserKey: 'nobody', effect: 'deny', reason: 'unknown_member', inputs: { facts: null } },
      { merchantUserKey: '000001', effect: 'permit', determining: ['rule:staff-10'], memberVersion: 1 },
    ]);
    expect(await admin.lastDecisions(1)).toHaveLength(1);
  });

  it('what the answer would be, without giving it', async () => {
    await publish(hall);
    await putMembers(member('a'), member('b'));
    const question = { merchantUserKey: 'a', params: { gate: 'A' } };
    expect(await admin.explain(question)).toMatchObject({
      verified: true,
      reason: 'permitted',
      zoneId: 'hall-in',
      areaId: 'hall',
      determining: ['rule:all'],
    });
    expect(await admin.presence('hall')).toMatchObject({ occupancy: 0 });
    expect(await admin.lastDecisions()).toEqual([]);
    await askDoor('b', { gate: 'A' });
    expect(await admin.explain(question)).toMatchObject({ verified: false, reason: 'area_full' });
  });
});

describe('releases', () => {
  it('are listed, fetched, compared and rolled back to', async () => {
    const first = await publish();
    const second = await publish({
      ...offices,
      groups: [...(offices.groups ?? []), { id: 'new' }],
      rules: [],
    });
    expect((await admin.releases()).map(({ version }) => version)).toEqual([2, 1]);
    expect((await admin.release(first.hash)).rules).toHaveLength(1);
    expect((await admin.diffReleases(first.hash, second.hash)).changes).toEqual([
      { part: 'groups', id: 'new', change: 'added' },
      { part: 'rules', id: 'staff-10', change: 'removed' },
    ]);
    await putMembers(member('000001'));
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    const again = { publishedBy: 'tests', reason: 'roll back' };
    await expect(
      admin.republishRelease(first.hash, { ...again, expectedHead: first.hash }),
    ).rejects.toMatchObject({ code: 'HEAD_MOVED' });
    expect(await admin.republishRelease(first.hash, again)).toMatchObject({ hash: first.hash, version: 3 });
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    await expect(admin.release('0'.repeat(64))).rejects.toMatchObject({ code: 'UNKNOWN_RELEASE' });
  });

  it('can be tried on the last questions before they are published', async () => {
    await publish();
    await putMembers(member('000001'), member('000002', { groups: [] }));
    await askDoor('000001');
    await askDoor('000002');
    await askDoor('000001', { floor: '11' });
    const release = {
      ...offices,
      rules: [
        { id: 'all', effect: 'permit' as const, who: { everyone: true as const }, zones: ['floor-10'] },
      ],
    };
    const preview = await admin.previewRelease({ release });
    expect(preview).toMatchObject({
      asked: 3,
      changed: [
        {
          merchantUserKey: '000002',
          zoneId: 'floor-10',
          before: { effect: 'deny', reason: 'no_grant' },
          after: { effect: 'permit', reason: 'permitted' },
        },
      ],
    });
    expect(await askDoor('000002')).toMatchObject({ verified: false });
  });

  const withTests = (expected: 'permit' | 'deny') => ({
    ...offices,
    tests: [
      {
        name: 'staff get in',
        at: '2026-12-01 09:00',
        member: { groups: ['staff'] },
        params: { floor: '10' },
        expect: { effect: 'permit' as const },
      },
      {
        name: 'nobody else',
        at: '2026-12-01 09:00',
        member: {},
        params: { floor: '10' },
        expect: { effect: expected },
      },
    ],
  });
  const why = { publishedBy: 'tests', reason: 'spring' };

  it('are not published where a test fails that they bring along, and the answer says which and how', async () => {
    const head = await publish();
    const preview = await admin.previewRelease({ release: withTests('permit') });
    expect(preview.tests).toMatchObject([
      { name: 'staff get in', passed: true, problems: [] },
      { name: 'nobody else', passed: false, problems: ['expected permit, got deny (no_grant)'] },
    ]);
    await expect(admin.publishRelease({ release: withTests('permit'), ...why })).rejects.toMatchObject({
      status: 422,
      code: 'RULE_TESTS_FAILED',
      errors: [{ path: 'release.tests.1', message: 'nobody else: expected permit, got deny (no_grant)' }],
    });
    expect(await admin.releaseHead()).toMatchObject({ hash: head.hash });
    expect(await admin.publishRelease({ release: withTests('deny'), ...why })).toMatchObject({ version: 2 });
  });

  it('are published all the same where somebody says why, and the audit trail has it', async () => {
    await admin.publishRelease({ release: withTests('permit'), ...why, despiteFailingTests: 'fire drill' });
    expect((await admin.audit())[0]).toMatchObject({
      action: 'releases.publish_despite_failing_tests',
      reason: 'spring (despite failing tests: fire drill)',
    });
    // A reason that was not needed is not on record as if it had been.
    await admin.publishRelease({ release: withTests('deny'), ...why, despiteFailingTests: 'to be sure' });
    expect((await admin.audit())[0]).toMatchObject({ action: 'releases.publish', reason: 'spring' });
  });

  it('are published over the head that If-Match names, and over no other', async () => {
    const first = await publish();
    const head = await send(
      new Request('https://edge.test/admin/v1/releases/head', {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      }),
    );
    expect(head.headers.get('etag')).toBe(`"${first.hash}"`);
    const put = async (ifMatch: string) =>
      await send(
        new Request('https://edge.test/admin/v1/releases', {
          method: 'POST',
          headers: {
            authorization: `Bearer ${ADMIN_TOKEN}`,
            'content-type': 'application/json',
            'if-match': ifMatch,
          },
          body: JSON.stringify({ release: { ...offices, rules: [] }, ...why }),
        }),
      );
    expect((await put(`"${'0'.repeat(64)}"`)).status).toBe(409);
    expect((await put('"3"')).status).toBe(400);
    const published = await put(`"${first.hash}"`);
    expect(published.status).toBe(201);
    expect(published.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect((await put(`"${first.hash}"`)).status).toBe(409);
  });
});
