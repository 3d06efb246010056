import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { countedBindings, laggingKv } from './counting.ts';
import { forgetOverlay, guardSees, restartGuard, watchedKv } from './guard-kv.ts';
import { adminClient, askDoor, freshStores, member, offices, publish, putMembers } from './world.ts';

freshStores();

const guard = () => env.GUARD.getByName('partner');

describe('the hot path', () => {
  /** What a question cost; KV is read by the guard. */
  async function costOf(key: string, { watched }: ReturnType<typeof watchedKv>) {
    const { bindings, counts } = countedBindings();
    const { RULES: _, ...others } = bindings;
    watched.reads = 0;
    const { verified } = await askDoor(key, { floor: '10' }, others);
    return { verified, kv: watched.reads, guard: counts.guard, d1: counts.d1 };
  }

  it('costs one KV read at most, one guard call and no D1, known member or not', async () => {
    await publish();
    const kv = watchedKv();
    await guardSees(kv.kv);
    await putMembers(member('000001'), member('000002'));
    for (const _ of [1, 2]) {
      // Of a young change, which KV may not show yet, the guard itself knows.
      expect(await costOf('000001', kv)).toEqual({ verified: true, kv: 0, guard: 1, d1: 0 });
      expect(await costOf('nobody', kv)).toEqual({ verified: false, kv: 1, guard: 1, d1: 0 });
    }
    await runDurableObjectAlarm(guard());
    await forgetOverlay();
    expect(await costOf('000001', kv)).toEqual({ verified: true, kv: 1, guard: 1, d1: 0 });
    // Whoever asks again is known to the guard.
    expect(await costOf('000001', kv)).toEqual({ verified: true, kv: 0, guard: 1, d1: 0 });
    expect(await costOf('000002', kv)).toEqual({ verified: true, kv: 1, guard: 1, d1: 0 });
    await restartGuard();
    expect(await costOf('000001', kv)).toEqual({ verified: true, kv: 1, guard: 1, d1: 0 });
  });

  it('costs no more when the member and the release are newer than what is close by', async () => {
    await publish();
    const kv = watchedKv();
    await guardSees(kv.kv);
    await putMembers(member('000001'));
    await runDurableObjectAlarm(guard());
    await putMembers(member('000001', { groups: [] }));
    await publish({ ...offices, rules: [] });
    expect(await costOf('000001', kv)).toEqual({ verified: false, kv: 0, guard: 1, d1: 0 });
  });

  it('reads the member from KV once the change is older than the horizon', async () => {
    await publish();
    await putMembers(member('000001'));
    await runDurableObjectAlarm(guard());
    const keys = (await env.RULES.list({ prefix: 'member:' })).keys.map(({ name }) => name);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^member:[A-Za-z0-9_-]{43}$/);
    await forgetOverlay();
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    await guardSees(laggingKv());
    expect(await askDoor('000001')).toMatchObject({ verified: false });
  });
});

describe('a KV that lags', () => {
  it('changes no answer: not for a member added, suspended or restored, nor for a new release', async () => {
    await guardSees(laggingKv());
    await publish(offices);
    await putMembers(member('000001'));
    expect(await askDoor('000001', { floor: '10' })).toMatchObject({ verified: true });
    await putMembers(member('000001', { status: 'suspended' }));
    expect(await askDoor('000001', { floor: '10' })).toMatchObject({ verified: false });
    await putMembers(member('000001'));
    expect(await askDoor('000001', { floor: '10' })).toMatchObject({ verified: true });
    await publish({ ...offices, rules: [] });
    expect(await askDoor('000001', { floor: '10' })).toMatchObject({ verified: false });
  });

  it('changes no answer for a member erased either, whom it still shows', async () => {
    await publish();
    await putMembers(member('000001'));
    await runDurableObjectAlarm(guard());
    const shown = new Map<string, unknown>();
    for (const { name } of (await env.RULES.list({ prefix: 'member:' })).keys) {
      shown.set(name, await env.RULES.get(name, 'json'));
    }
    const { kv, watched } = watchedKv();
    watched.answer = async (key) => shown.get(key) ?? null;
    await guardSees(kv);
    const [found] = await adminClient().lookUpMembers({ merchantUserKey: '000001' });
    await adminClient().eraseMember(found?.person ?? '', 'asked for it');
    await runDurableObjectAlarm(guard());
    expect(shown.size).toBe(1);
    expect(await askDoor('000001', { floor: '10' })).toMatchObject({ verified: false });
  });

  it('never brings an older version back over a newer one', async () => {
    await publish();
    await putMembers(member('000001'));
    await runDurableObjectAlarm(guard());
    await putMembers(member('000001', { status: 'suspended' }));
    // KV still has version 1; the guard knows version 2.
    expect(await askDoor('000001')).toMatchObject({ verified: false });
  });
});
