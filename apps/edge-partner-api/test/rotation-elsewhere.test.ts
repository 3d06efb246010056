import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ReleaseInput } from '@facepass-kit/access';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDice } from './dice.ts';
import { createPartnerSystem } from './partner-system.ts';
import { renew, rotation } from './rotation.ts';
import { adminClient, askDoor, freshStores, member, offices, publish } from './world.ts';

freshStores();
afterEach(() => void vi.restoreAllMocks());

const floor10 = { floor: '10' };
const poolIn = { door: 'in' };

/** Once a season at floor 10, and a pool that is entered once until it is left. */
const rules: ReleaseInput = {
  ...offices,
  zones: [
    ...(offices.zones ?? []),
    { id: 'pool-in', match: { door: 'in' }, direction: 'in', area: 'pool' },
    { id: 'pool-out', match: { door: 'out' }, direction: 'out', area: 'pool' },
  ],
  areas: [{ id: 'pool', antiPassback: { mode: 'hard' } }],
  rules: [
    {
      id: 'once',
      effect: 'permit',
      who: { groups: ['staff'] },
      zones: ['floor-10'],
      quota: { max: 1, per: 'validity' },
    },
    { id: 'pool', effect: 'permit', who: { groups: ['staff'] }, zones: ['pool-in', 'pool-out'] },
  ],
  sites: [{ id: 'hq', timeZone: 'Asia/Seoul', repeatSeconds: 0 }],
};

/** Deployments whose members live in the partner's own system: before, during and after a change of the pepper. */
async function deployments(...keys: string[]) {
  const system = createPartnerSystem();
  system.members.push(...keys.map((key) => member(key)));
  vi.spyOn(globalThis, 'fetch').mockImplementation(system.fetch);
  const elsewhere = {
    DELEGATED_DIRECTORY: JSON.stringify({ url: system.url, secrets: [system.secret] }),
  };
  const { during, after } = rotation();
  await publish(rules);
  return { before: elsewhere, during: { ...during, ...elsewhere }, after: { ...after, ...elsewhere } };
}

const guard = () => env.GUARD.getByName('partner');

/** What the guard has recorded is written over by what comes later. */
async function forgetDecisions(): Promise<void> {
  await runInDurableObject(guard(), (_, { storage }) => {
    storage.sql.exec("UPDATE decisions SET message = json_remove(message, '$.person')");
  });
}

describe('members who live in the partner’s own system, while the pepper is changed', () => {
  it('keep what was counted of them and where they are, though nobody asks meanwhile', async () => {
    const { before, during, after } = await deployments('elsewhere-1');
    expect(await askDoor('elsewhere-1', floor10, before)).toMatchObject({ verified: true });
    expect(await askDoor('elsewhere-1', poolIn, before)).toMatchObject({ verified: true });
    await renew(during);
    await renew(after);
    const { explain, presence } = adminClient(after);
    const asked = { merchantUserKey: 'elsewhere-1' };
    expect(await explain({ ...asked, params: floor10 })).toMatchObject({ reason: 'quota_spent' });
    expect(await explain({ ...asked, params: poolIn })).toMatchObject({ reason: 'anti_passback' });
    expect(await presence('pool')).toMatchObject({ occupancy: 1 });
    expect(await askDoor('elsewhere-1', { door: 'out' }, after)).toMatchObject({ verified: true });
    expect(await presence('pool')).toMatchObject({ occupancy: 0 });
  });

  it('keep it where they ask meanwhile, also those of whom no decision is kept any more', async () => {
    const { before, during, after } = await deployments('elsewhere-1', 'elsewhere-2');
    expect(await askDoor('elsewhere-1', floor10, before)).toMatchObject({ verified: true });
    await runDurableObjectAlarm(guard());
    await forgetDecisions();
    await renew(during);
    expect(await askDoor('elsewhere-1', poolIn, during)).toMatchObject({ verified: true });
    expect(await askDoor('elsewhere-2', floor10, during)).toMatchObject({ verified: true });
    // What is not yet sent is not forgotten with the guard's memory.
    await evictDurableObject(guard());
    await runDurableObjectAlarm(guard());
    for (const deployment of [during, after]) {
      const { explain } = adminClient(deployment);
      for (const merchantUserKey of ['elsewhere-1', 'elsewhere-2']) {
        expect(await explain({ merchantUserKey, params: floor10 })).toMatchObject({ reason: 'quota_spent' });
      }
      expect(await explain({ merchantUserKey: 'elsewhere-1', params: poolIn })).toMatchObject({
        reason: 'anti_passback',
      });
    }
    await renew(after);
    expect(
      await adminClient(after).explain({ merchantUserKey: 'elsewhere-1', params: floor10 }),
    ).toMatchObject({ reason: 'quota_spent' });
  });

  it('are moved a page of decisions at a time, in a renewal that is stopped after any step', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `elsewhere-${n}`);
    const { before, during, after } = await deployments(...keys);
    for (const key of keys) expect(await askDoor(key, floor10, before)).toMatchObject({ verified: true });
    await spreadDecisions();
    await renew(during, async () => {
      await guard().head();
      await evictDurableObject(guard());
    });
    for (const merchantUserKey of keys) {
      expect(
        await adminClient(after).explain({ merchantUserKey, params: floor10 }),
        merchantUserKey,
      ).toMatchObject({ reason: 'quota_spent' });
    }
  });
});

/** Other people's decisions between each two, so that they stand on several pages. */
async function spreadDecisions(): Promise<void> {
  await runInDurableObject(guard(), (_, { storage: { sql } }) => {
    sql.exec('UPDATE decisions SET slot = slot * 50');
    sql.exec(
      `WITH RECURSIVE slots (slot) AS (SELECT 1 UNION ALL SELECT slot + 1 FROM slots WHERE slot < 1600)
       INSERT OR IGNORE INTO decisions (slot, sequence, message)
       SELECT slots.slot, 0, json_object('person', json_object('hmac', 'x' || slots.slot, 'sealed', 'erased')) FROM slots`,
    );
  });
}

describe('any order of questions, steps, alarms and restarts', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'counts as if the pepper had never been changed (seed %i)',
    async (seed) => {
      const roll = createDice(seed);
      const keys = ['elsewhere-1', 'elsewhere-2', 'elsewhere-3', 'elsewhere-4'];
      const { before, during, after } = await deployments(...keys);
      const inside = new Set<string>();
      const spent = new Set<string>();
      const known = new Set<string>();
      const question = async (...among: [object, ...object[]]): Promise<void> => {
        const key = keys[roll(keys.length)] ?? '';
        // Somebody new is counted apart by Workers with and without the previous pepper, in the minute when there are both.
        if (among.includes(after) && among.includes(during) && !known.has(key)) return;
        known.add(key);
        const deployment = among[roll(among.length)];
        const what = roll(4);
        const told = `seed ${seed}, ${key}, ${what}`;
        if (what === 0) {
          expect(await askDoor(key, floor10, deployment), told).toMatchObject({ verified: !spent.has(key) });
          spent.add(key);
        } else if (what === 1) {
          expect(await askDoor(key, poolIn, deployment), told).toMatchObject({ verified: !inside.has(key) });
          inside.add(key);
        } else {
          expect(await askDoor(key, { door: 'out' }, deployment), told).toMatchObject({ verified: true });
          inside.delete(key);
        }
        const happens = roll(12);
        if (happens < 3) await runDurableObjectAlarm(guard());
        if (happens === 3) await evictDurableObject(guard());
      };
      const questions = async (count: number, ...among: [object, ...object[]]): Promise<void> => {
        for (let n = roll(count); n > 0; n -= 1) await question(...among);
      };
      await questions(12, before);
      // Isolates of the old version and of the new one, then those of the new one alone.
      await questions(8, before, during);
      await renew(during, async () => await questions(3, during));
      await questions(8, during);
      // What waits for the queue is sent before the old pepper is taken away.
      await runDurableObjectAlarm(guard());
      await questions(8, during, after);
      await runDurableObjectAlarm(guard());
      await renew(after, async () => await questions(3, after));
      await questions(12, after);
      const { occupancy } = await adminClient(after).presence('pool');
      expect(occupancy, `seed ${seed}`).toBe(inside.size);
    },
  );
});
