import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { countedBindings, laggingKv } from './counting.ts';
import { adminClient, askDoor, freshStores, member, offices, publish, putMembers } from './world.ts';

freshStores();

const guard = () => env.GUARD.getByName('partner');

describe('the hot path', () => {
  it('costs one KV read, one guard call and no D1, known member or not', async () => {
    await publish();
    await putMembers(member('000001'));
    for (const key of ['000001', '000001', 'nobody']) {
      const { bindings, counts } = countedBindings();
      await askDoor(key, { floor: '10' }, bindings);
      expect(counts).toEqual({ kv: 1, guard: 1, d1: 0 });
    }
  });

  it('costs no more when the member and the release are newer than what is close by', async () => {
    await publish();
    await putMembers(member('000001'));
    await runDurableObjectAlarm(guard());
    await putMembers(member('000001', { groups: [] }));
    await publish({ ...offices, rules: [] });
    const { bindings, counts } = countedBindings();
    expect(await askDoor('000001', { floor: '10' }, bindings)).toMatchObject({ verified: false });
    expect(counts).toEqual({ kv: 1, guard: 1, d1: 0 });
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
    expect(await askDoor('000001', { floor: '10' }, { RULES: laggingKv() })).toMatchObject({
      verified: false,
    });
  });
});

describe('a KV that lags', () => {
  it('changes no answer: not for a member added, suspended or restored, nor for a new release', async () => {
    const lag = { RULES: laggingKv() };
    await publish(offices);
    await putMembers(member('000001'));
    expect(await askDoor('000001', { floor: '10' }, lag)).toMatchObject({ verified: true });
    await putMembers(member('000001', { status: 'suspended' }));
    expect(await askDoor('000001', { floor: '10' }, lag)).toMatchObject({ verified: false });
    await putMembers(member('000001'));
    expect(await askDoor('000001', { floor: '10' }, lag)).toMatchObject({ verified: true });
    await publish({ ...offices, rules: [] });
    expect(await askDoor('000001', { floor: '10' }, lag)).toMatchObject({ verified: false });
  });

  it('changes no answer for a member erased either, whom it still shows', async () => {
    await publish();
    await putMembers(member('000001'));
    await runDurableObjectAlarm(guard());
    const shown = new Map<string, unknown>();
    for (const { name } of (await env.RULES.list({ prefix: 'member:' })).keys) {
      shown.set(name, await env.RULES.get(name, 'json'));
    }
    const RULES = { ...env.RULES, get: async (key: string) => shown.get(key) ?? null };
    const [found] = await adminClient().lookUpMembers({ merchantUserKey: '000001' });
    await adminClient().eraseMember(found?.person ?? '', 'asked for it');
    await runDurableObjectAlarm(guard());
    expect(shown.size).toBe(1);
    expect(await askDoor('000001', { floor: '10' }, { RULES })).toMatchObject({ verified: false });
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

/** As if the horizon had passed since every change was written to KV. */
async function forgetOverlay(): Promise<void> {
  const { runInDurableObject } = await import('cloudflare:test');
  await runInDurableObject(guard(), (_, state) => {
    state.storage.sql.exec('DELETE FROM overlay');
  });
}
