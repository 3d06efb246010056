import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { servicesOf } from '../src/services/services.ts';
import { createDice } from './dice.ts';
import { guardSees, restartGuard } from './guard-kv.ts';
import { rotation } from './rotation.ts';
import { adminClient, askDoor, freshStores, member, publish } from './world.ts';

freshStores();

const KEYS = ['000001', '000002', '000003'] as const;
const STEPS_PER_PHASE = 40;

const guard = () => env.GUARD.getByName('partner');

/** KV whose locations show anything that was written of a member since the horizon last passed, or what was there then. */
function forgetfulKv(roll: (sides: number) => number) {
  const real = env.RULES;
  const shown = new Map<string, readonly unknown[]>();
  const of = (key: string) => shown.get(key) ?? [null];
  const methods = {
    async put(key: string, value: string) {
      await real.put(key, value);
      if (key.startsWith('member:')) shown.set(key, [...of(key), JSON.parse(value)]);
    },
    async delete(key: string) {
      await real.delete(key);
      shown.set(key, [...of(key), null]);
    },
    async get(key: string, options: KVNamespaceGetOptions<'json'>) {
      return key.startsWith('member:') ? of(key)[roll(of(key).length)] : await real.get(key, options);
    },
  };
  const kv = new Proxy(real, {
    get(_, name) {
      const method: unknown = Reflect.get(methods, name) ?? Reflect.get(real, name, real);
      return typeof method === 'function' ? method.bind(real) : method;
    },
  });
  const horizon = (): void => {
    for (const [key, values] of shown) shown.set(key, values.slice(-1));
  };
  return { kv, horizon };
}

/** Deployments that ask and write in each phase of a change of the pepper, as they do when the steps are followed. */
function phasesOf(kv: KVNamespace) {
  const { during, after } = rotation();
  // Where any site is run without the guard, members are read by the Worker.
  const both = (deployment: object) => [
    { ...deployment, RULES: kv },
    { ...deployment, RULES: kv, EVENTUAL_SITES: 'elsewhere' },
  ];
  const [old, oldReading] = both({});
  const [now, nowReading] = both(during);
  const [last, lastReading] = both(after);
  return {
    /** Knows people by the former name alone, and would read KV under it. */
    late: oldReading,
    phases: [
      { name: 'before', asking: [old, oldReading], writing: old, renewing: null },
      { name: 'deployed', asking: [old, oldReading, now, nowReading], writing: now, renewing: null },
      { name: 'renewing', asking: [old, now, nowReading], writing: now, renewing: now },
      { name: 'renewed', asking: [now, nowReading], writing: now, renewing: null },
      { name: 'ending', asking: [now, nowReading, last, lastReading], writing: last, renewing: last },
      { name: 'after', asking: [last, lastReading], writing: last, renewing: null },
    ],
  };
}

it.each([7, 8, 10, 13])(
  'whoever changes and asks in whatever order while the pepper is changed, and locations show what was before, is let in by what the directory says (seed %i)',
  async (seed) => {
    const roll = createDice(seed);
    await publish();
    const { kv, horizon } = forgetfulKv(roll);
    await guardSees(kv);
    const active = new Map<string, boolean>();
    const { phases, late } = phasesOf(kv);

    const passHorizon = async (): Promise<void> => {
      while (await runDurableObjectAlarm(guard())) {
        const left = await runInDurableObject(guard(), (_, { storage }) => {
          storage.sql.exec('DELETE FROM overlay WHERE projected_at IS NOT NULL');
          return storage.sql.exec('SELECT 1 FROM overlay').toArray().length;
        });
        if (left === 0) break;
      }
      horizon();
    };
    const change = async (deployment: object | undefined, key: string): Promise<void> => {
      const admin = adminClient(deployment);
      const [found] = await admin.lookUpMembers({ merchantUserKey: key });
      const what = roll(found === undefined ? 2 : 5);
      if (what < 2) {
        const status = what === 0 ? 'active' : 'suspended';
        await admin.upsertMembers({ members: [member(key, { status, readmit: true })] });
      } else if (found !== undefined) {
        if (what === 2) await admin.suspendMember(found.person, 'r');
        if (what === 3) await admin.restoreMember(found.person, 'r');
        if (what === 4) await admin.eraseMember(found.person, 'r');
      }
      active.set(key, what === 0 || what === 3);
    };

    for (const { name, asking, writing, renewing } of phases) {
      let advance = async (): Promise<boolean> => false;
      if (renewing !== null) {
        const { run } = await adminClient(renewing).beginRenewal('r');
        // The bindings of the tests with other variables.
        const renewals = await servicesOf({ ...env, ...renewing } as typeof env).renewals();
        advance = async () => await renewals.advance(run?.id ?? '');
      }
      for (let step = 0; step < STEPS_PER_PHASE; step++) {
        const key = KEYS[roll(KEYS.length)] ?? KEYS[0];
        const doing = roll(12);
        if (doing < 2) await change(writing, key);
        else if (doing === 2) await runDurableObjectAlarm(guard());
        else if (doing === 3) await passHorizon();
        else if (doing === 4) await restartGuard();
        else if (doing === 5) await advance();
        else {
          const deployment = asking[roll(asking.length)];
          const { verified } = await askDoor(key, { floor: '10' }, deployment);
          const isActive = active.get(key) ?? false;
          // A Worker that is late by more than the horizon may read nobody where somebody was moved.
          const isLate = deployment === late && name !== 'before';
          if (!(isLate && verified === false))
            expect(verified, `${name}, step ${step}, ${key}`).toBe(isActive);
        }
      }
      while (await advance());
      await passHorizon();
    }
  },
);
