import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ReleaseInput } from '@facepass-kit/access';
import { decisionMessage } from '@facepass-kit/protocol';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { countedBindings } from './counting.ts';
import { forgetOverlay } from './guard-kv.ts';
import { adminClient, askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();

const rules: ReleaseInput = {
  sites: [
    { id: 'hq', timeZone: 'Asia/Seoul' },
    { id: 'park', timeZone: 'Asia/Seoul', onError: { lastKnown: { maxAgeSeconds: 60 } } },
  ],
  groups: [{ id: 'staff' }],
  zones: [
    { id: 'office', site: 'hq', match: { door: 'office' } },
    { id: 'gate', site: 'park', match: { door: 'gate' } },
    { id: 'pool', site: 'park', match: { door: 'pool' }, area: 'pool' },
  ],
  areas: [{ id: 'pool', maxOccupancy: 10 }],
  rules: [{ id: 'all', effect: 'permit', who: { groups: ['staff'] }, zones: ['*'] }],
};
const gate = { door: 'gate' };

/** A deployment of its own for each test, so that no isolate memory is shared. */
const park = (more: object = {}) => ({ EVENTUAL_SITES: 'park', ...more });
/** Lets the guard write to KV what it knows. */
const settle = async () => await runDurableObjectAlarm(env.GUARD.getByName('partner'));

describe('a site that is run without the guard', () => {
  it('is answered from KV alone, and its decision goes straight to the queue', async () => {
    await publish(rules);
    await putMembers(member('000001'));
    await settle();
    const { bindings, counts } = countedBindings();
    const mark = crypto.randomUUID();
    expect(await askDoor('000001', { ...gate, mark }, park(bindings))).toMatchObject({ verified: true });
    expect(counts.guard).toBe(0);
    expect(counts.d1).toBe(0);
    await expect
      .poll(
        async () =>
          z
            .array(decisionMessage)
            .parse(await env.MIRROR?.recentDecisions({}))
            .filter(({ params }) => params['mark'] === mark),
        { timeout: 50_000 },
      )
      .toMatchObject([{ source: 'eventual', sequence: null, effect: 'permit', zoneId: 'gate' }]);
  });

  it('leaves other sites to the guard', async () => {
    await publish(rules);
    await putMembers(member('000001'));
    await settle();
    const { bindings, counts } = countedBindings();
    expect(await askDoor('000001', { door: 'office' }, park(bindings))).toMatchObject({ verified: true });
    expect(counts.guard).toBe(1);
  });

  it('denies what needs memory', async () => {
    await publish(rules);
    await putMembers(member('000001'));
    await settle();
    expect(await askDoor('000001', { door: 'pool' }, park())).toMatchObject({
      verified: false,
      code: 'UNAVAILABLE',
    });
  });

  it('is locked down, and keeps out who is denied, once KV shows it', async () => {
    await publish(rules);
    await putMembers(member('000001'), member('000002'));
    await adminClient().deny({ merchantUserKey: '000002', reason: 'x' });
    await settle();
    expect(await askDoor('000001', gate, park())).toMatchObject({ verified: true });
    expect(await askDoor('000002', gate, park())).toMatchObject({ verified: false });
    await adminClient().setSiteMode('park', { mode: 'lockdown', reason: 'x' });
    await settle();
    expect(await askDoor('000001', gate, park())).toMatchObject({ verified: false, code: 'LOCKDOWN' });
  });

  it('asks the guard as long as KV has no rules', async () => {
    await publish(rules);
    await putMembers(member('000001'));
    await env.RULES.delete('doors');
    const { bindings, counts } = countedBindings();
    expect(await askDoor('000001', gate, park(bindings))).toMatchObject({ verified: true });
    expect(counts.guard).toBe(1);
  });

  /** KV that fails at keys that begin so, from when it is told to. */
  function failingKv() {
    const down: { from: string | null } = { from: null };
    const kv = new Proxy(env.RULES, {
      get(real, name) {
        const value: unknown = Reflect.get(real, name, real);
        if (typeof value !== 'function') return value;
        return (key: string, ...rest: unknown[]) => {
          if (down.from !== null && key.startsWith(down.from)) throw new Error('down');
          return Reflect.apply(value, real, [key, ...rest]);
        };
      },
    });
    return { kv, down };
  }

  it('answers by what it last knew while KV is down, for as long as the site allows', async () => {
    await publish(rules);
    await putMembers(member('000001'));
    await settle();
    const { kv, down } = failingKv();
    const deployment = park({ RULES: kv });
    const asked = (key: string) => askDoor(key, gate, deployment);
    expect(await asked('000001')).toMatchObject({ verified: true });
    down.from = 'member:';
    expect(await asked('000001')).toMatchObject({ verified: true });
    expect(await asked('000002')).toMatchObject({ verified: false, code: 'UNAVAILABLE' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    try {
      expect(await asked('000001')).toMatchObject({ verified: false, code: 'UNAVAILABLE' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks the guard about whom it last knew while all of KV is down, so that a lockdown counts even then', async () => {
    await publish(rules);
    await putMembers(member('000001'));
    await settle();
    await forgetOverlay();
    const { kv, down } = failingKv();
    const deployment = park({ RULES: kv });
    const asked = () => askDoor('000001', gate, deployment);
    expect(await asked()).toMatchObject({ verified: true });
    down.from = '';
    const start = Date.now();
    try {
      // What is shut was read so long ago that it has to be read again.
      vi.useFakeTimers({ toFake: ['Date'], now: start + 30_000 });
      expect(await asked()).toMatchObject({ verified: true });
      await adminClient().setSiteMode('park', { mode: 'lockdown', reason: 'x' });
      expect(await asked()).toMatchObject({ verified: false, code: 'LOCKDOWN' });
      await adminClient().setSiteMode('park', { mode: 'normal', reason: 'x' });
      vi.setSystemTime(start + 61_000);
      expect(await asked()).toMatchObject({ verified: false, code: 'UNAVAILABLE' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets nobody be kept out in KV for longer than on the deny list: erased and readmitted, they come in', async () => {
    await publish(rules);
    await putMembers(member('000001'));
    await adminClient().deny({ merchantUserKey: '000001', reason: 'x' });
    await settle();
    expect(await askDoor('000001', gate, park())).toMatchObject({ verified: false });
    const [found] = await adminClient().lookUpMembers({ merchantUserKey: '000001' });
    await adminClient().eraseMember(found?.person ?? '', 'asked for it');
    await settle();
    expect(await env.RULES.get('doors')).not.toContain(found?.person);
    await putMembers(member('000001', { readmit: true }));
    await settle();
    expect(await askDoor('000001', gate, park())).toMatchObject({ verified: true });
  });
});
