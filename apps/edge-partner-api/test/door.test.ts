import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { permissionsAnswer } from '@facepass-kit/core/partner';
import { decisionMessage } from '@facepass-kit/protocol';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminClient, ask, askDoor, freshStores, member, offices, publish, putMembers } from './world.ts';

freshStores();

const guard = () => env.GUARD.getByName('partner');

describe('the question at a door', () => {
  it('permits a member whose group has a rule for the zone', async () => {
    await publish();
    await putMembers(member('000001'));
    const { status, body } = await ask('/v1/access/permissions', {
      merchantUserKey: '000001',
      params: { floor: 10 },
    });
    expect(status).toBe(200);
    expect(permissionsAnswer.parse(body)).toMatchObject({ verified: true, code: 'PERMITTED' });
  });

  it('denies where no rule permits, and says so', async () => {
    await publish();
    await putMembers(member('000001'), member('000002', { groups: [] }));
    expect(await askDoor('000001', { floor: '11' })).toMatchObject({ verified: false, code: 'NO_GRANT' });
    expect(await askDoor('000002')).toMatchObject({ verified: false, code: 'NO_GRANT' });
    expect(await askDoor('000001', { floor: '99' })).toMatchObject({ verified: false, code: 'NO_ZONE' });
  });

  it('denies somebody the directory does not know, with a reason', async () => {
    await publish();
    expect(await askDoor('nobody')).toMatchObject({ verified: false, code: 'ASK_STAFF' });
  });

  it('denies everybody before anything is published', async () => {
    await putMembers(member('000001'));
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'UNAVAILABLE' });
  });

  it('answers a member added, suspended or restored a moment ago accordingly', async () => {
    await publish();
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    await putMembers(member('000001'));
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    await putMembers(member('000001', { status: 'suspended' }));
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    await putMembers(member('000001'));
    expect(await askDoor('000001')).toMatchObject({ verified: true });
  });

  it('answers by a release published a moment ago', async () => {
    await publish();
    await putMembers(member('000001'));
    expect(await askDoor('000001', { floor: '11' })).toMatchObject({ verified: false });
    await publish({
      ...offices,
      rules: [{ id: 'all', effect: 'permit', who: { everyone: true }, zones: ['*'] }],
    });
    expect(await askDoor('000001', { floor: '11' })).toMatchObject({ verified: true });
  });

  it('locks a site down, but for exempt groups, until it is normal again', async () => {
    await publish();
    await putMembers(member('000001'), member('guard', { groups: ['guards'] }));
    await adminClient().setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'LOCKDOWN' });
    expect(await askDoor('guard')).toMatchObject({ verified: true });
    await adminClient().setSiteMode('hq', { mode: 'normal', reason: 'drill over' });
    expect(await askDoor('000001')).toMatchObject({ verified: true });
  });

  it('keeps what it knows when the guard is evicted from memory', async () => {
    await publish();
    await putMembers(member('000001'));
    await adminClient().setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    await evictDurableObject(guard());
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'LOCKDOWN' });
  });

  it('counts a permit asked again at once as the same permit, and judges a denial anew', async () => {
    await publish({
      ...offices,
      rules: [
        {
          id: 'once',
          effect: 'permit',
          who: { groups: ['staff'] },
          zones: ['floor-10'],
          quota: { max: 1, per: 'day' },
        },
      ],
    });
    await putMembers(member('000001'));
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    await putMembers(member('000001', { status: 'suspended' }));
    expect(await askDoor('000001')).toMatchObject({ verified: false });
  });

  it('counts a permit asked again as the same permit when the guard was evicted in between', async () => {
    const [staff] = offices.rules ?? [];
    if (staff === undefined) throw new Error('the offices have a rule');
    await publish({ ...offices, rules: [{ ...staff, quota: { max: 1, per: 'day' } }] });
    await putMembers(member('000001'));
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    await evictDurableObject(guard());
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    const [again, first] = await adminClient().lastDecisions(2);
    expect(again?.repeatOf).toBe(first?.id);
  });

  it('counts a permit anew of somebody who was erased and readmitted, also when the guard was evicted since', async () => {
    await publish();
    await putMembers(member('000001'), member('000002'));
    const admin = adminClient();
    for (const key of ['000001', '000002']) expect(await askDoor(key)).toMatchObject({ verified: true });
    const [found] = await admin.lookUpMembers({ merchantUserKey: '000001' });
    await admin.eraseMember(found?.person ?? '', 'asked for it');
    await putMembers(member('000001', { readmit: true }));
    await evictDurableObject(guard());
    for (const key of ['000001', '000002']) expect(await askDoor(key)).toMatchObject({ verified: true });
    const [other, readmitted] = await admin.lastDecisions(2);
    expect(readmitted?.repeatOf).toBeNull();
    expect(other?.repeatOf).not.toBeNull();
    await evictDurableObject(guard());
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    const [again] = await admin.lastDecisions(1);
    expect(again?.repeatOf).toBe(readmitted?.id);
  });

  it('gives the last place to exactly one of two hundred who ask at once', async () => {
    await publish({
      ...offices,
      zones: [{ id: 'hall', match: { gate: 'A' }, direction: 'in', area: 'hall' }],
      areas: [{ id: 'hall', maxOccupancy: 1 }],
      rules: [{ id: 'all', effect: 'permit', who: { everyone: true }, zones: ['hall'] }],
    });
    const keys = Array.from({ length: 200 }, (_, n) => `visitor-${n}`);
    await putMembers(...keys.map((key) => member(key)));
    const answers = await Promise.all(keys.map((key) => askDoor(key, { gate: 'A' })));
    expect(answers.filter((answer) => answer['verified'] === true)).toHaveLength(1);
    expect(answers.filter((answer) => answer['code'] === 'AREA_FULL')).toHaveLength(199);
  });
});

describe('decisions', () => {
  it('flow through the queue in order, naming people only by reference', async () => {
    await publish();
    await putMembers(member('marked-000001'));
    const mark = crypto.randomUUID();
    await askDoor('marked-000001', { floor: '10', mark });
    await askDoor('marked-000001', { floor: '11', mark });
    await runDurableObjectAlarm(guard());
    await expect.poll(async () => (await sentDecisions(mark)).length, { timeout: 50_000 }).toBe(2);
    const [first, second] = await sentDecisions(mark);
    expect(first).toMatchObject({ effect: 'permit', reason: 'permitted', siteId: 'hq', zoneId: 'floor-10' });
    expect(second).toMatchObject({
      effect: 'deny',
      reason: 'no_grant',
      zoneId: 'floor-11',
      code: 'NO_GRANT',
    });
    expect(second?.sequence).toBe((first?.sequence ?? 0) + 1);
    expect(first?.inputs).toMatchObject({ facts: { status: 'active', groups: ['staff'] } });
    expect(JSON.stringify([first, second])).not.toContain('marked');
  });
});

/** What the queue's consumer received of these questions, as the mirror's stand-in keeps it. */
async function sentDecisions(mark: string) {
  const received: unknown = await env.MIRROR?.recentDecisions({});
  return z
    .array(decisionMessage)
    .parse(received)
    .filter(({ params }) => params['mark'] === mark);
}
