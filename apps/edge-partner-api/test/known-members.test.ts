import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { createKnownMembers } from '../src/store/guard/known-members.ts';
import type { MemberVersion } from '../src/store/member-directory.ts';
import { createDice } from './dice.ts';
import { forgetOverlay, guardSees, restartGuard, watchedKv } from './guard-kv.ts';
import { adminClient, askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();

const guard = () => env.GUARD.getByName('partner');

describe('a member the guard knows from before', () => {
  /** Somebody who was let in by what KV shows, which from then on shows what it is told to. */
  async function letIn() {
    await publish();
    await putMembers(member('000001'));
    await runDurableObjectAlarm(guard());
    await forgetOverlay();
    const { kv, watched } = watchedKv();
    await guardSees(kv);
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    const [name = ''] = (await env.RULES.list({ prefix: 'member:' })).keys.map((key) => key.name);
    const before: unknown = await env.RULES.get(name, 'json');
    return { kv, watched, before };
  }

  it('is kept out from the moment the suspension is acknowledged, and once KV alone says so', async () => {
    const { watched, before } = await letIn();
    await putMembers(member('000001', { status: 'suspended' }));
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    // A location that shows what was before for as long as it may: it is not believed, and not remembered.
    watched.answer = async () => before;
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    await runDurableObjectAlarm(guard());
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    watched.answer = null;
    await forgetOverlay();
    expect(await askDoor('000001')).toMatchObject({ verified: false });
  });

  it('is nobody any more once erased', async () => {
    const { watched, before } = await letIn();
    const [found] = await adminClient().lookUpMembers({ merchantUserKey: '000001' });
    await adminClient().eraseMember(found?.person ?? '', 'asked for it');
    watched.answer = async () => before;
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    await runDurableObjectAlarm(guard());
    watched.answer = null;
    await forgetOverlay();
    expect(await askDoor('000001')).toMatchObject({ verified: false });
  });

  it('is answered while KV is down or silent, and nobody else is', async () => {
    const { watched } = await letIn();
    await putMembers(member('000002'));
    await runDurableObjectAlarm(guard());
    await forgetOverlay();
    for (const answer of [() => Promise.reject(new Error('down')), () => new Promise<never>(() => {})]) {
      watched.answer = answer;
      expect(await askDoor('000001')).toMatchObject({ verified: true });
      expect(await askDoor('000002')).toMatchObject({ verified: false, code: 'UNAVAILABLE' });
    }
  });

  it('is explained as they are answered', async () => {
    const { kv, watched } = await letIn();
    watched.answer = () => Promise.reject(new Error('down'));
    const question = { merchantUserKey: '000001', params: { floor: '10' } };
    expect(await adminClient({ RULES: kv }).explain(question)).toMatchObject({ verified: true });
  });

  it('is answered without KV as well once they have changed', async () => {
    const { watched } = await letIn();
    watched.reads = 0;
    watched.answer = () => new Promise<never>(() => {});
    await putMembers(member('000001', { groups: [] }), member('000002'));
    expect(await askDoor('000001')).toMatchObject({ verified: false, code: 'NO_GRANT' });
    expect(await askDoor('000002')).toMatchObject({ verified: true });
    expect(watched.reads).toBe(0);
  });

  it('makes nobody wait for whom KV is slow', async () => {
    const { watched } = await letIn();
    let isOver = false;
    watched.answer = async () => {
      while (!isOver) await new Promise((resolve) => setTimeout(resolve, 1));
      return null;
    };
    let answered = false;
    const slow = askDoor('nobody').finally(() => {
      answered = true;
    });
    await vi.waitUntil(() => watched.reads > 1);
    expect(await askDoor('000001')).toMatchObject({ verified: true });
    expect(answered).toBe(false);
    isOver = true;
    expect(await slow).toMatchObject({ verified: false, code: 'ASK_STAFF' });
  });
});

describe('whoever changes and asks in whatever order, while locations show what was before', () => {
  const STEPS = 150;
  const KEYS = ['000001', '000002', '000003'] as const;

  it.each([1, 2, 3, 4])('is let in by what the directory says, always (seed %i)', async (seed) => {
    const roll = createDice(seed);
    await publish();
    const real = env.RULES;
    const { kv, watched } = watchedKv();
    /** What locations may still show of each person: everything since the horizon last passed. */
    let shown = new Map<string, unknown[]>();
    watched.answer = async (name) => {
      const values = [...(shown.get(name) ?? []), await real.get(name, 'json')];
      shown.set(name, values);
      return values[roll(values.length)] ?? null;
    };
    await guardSees(kv);
    const active = new Map<string, boolean>(KEYS.map((key) => [key, false]));
    for (let step = 0; step < STEPS; step++) {
      const key = KEYS[roll(KEYS.length)] ?? '000001';
      switch (roll(10)) {
        case 0: {
          const status = roll(2) === 0 ? 'active' : 'suspended';
          await putMembers(member(key, { status, readmit: true }));
          active.set(key, status === 'active');
          break;
        }
        case 1: {
          const [found] = await adminClient().lookUpMembers({ merchantUserKey: key });
          if (found !== undefined) await adminClient().eraseMember(found.person, 'asked for it');
          active.set(key, false);
          break;
        }
        case 2:
          await runDurableObjectAlarm(guard());
          break;
        case 3:
          await runDurableObjectAlarm(guard());
          await forgetOverlay();
          shown = new Map();
          break;
        case 4:
          await restartGuard();
          break;
        default:
          expect(await askDoor(key), `step ${step}`).toMatchObject({ verified: active.get(key) });
      }
    }
  });
});

describe('what the guard keeps of members', () => {
  const START = Date.parse('2026-12-04T12:00:00+09:00');
  const HOUR = 3_600_000;
  const version = (name: string, number = 1): MemberVersion => ({
    person: name,
    version: number,
    facts: { status: 'active', groups: [], tags: {} },
  });

  /** Members over a KV that has everybody, and notes who was read. */
  function world(options: { keptCharacters?: number } = {}) {
    const state = {
      now: START,
      reads: [] as string[],
      young: new Map<string, MemberVersion>(),
      gone: new Set(['nobody']),
      renamed: new Map<string, string>(),
      during: () => {},
    };
    const of = ({ hmac, former = hmac }: { hmac: string; former?: string | undefined }) =>
      state.renamed.get(former) ?? former;
    const members = createKnownMembers({
      projection: {
        read: async (person) => {
          state.reads.push(person);
          state.during();
          return state.gone.has(person) ? null : version(person);
        },
        // One after the other here.
        readMany: () => Promise.reject(new Error('not here')),
      },
      names: { of, asked: (reference) => [...new Set([of(reference), reference.hmac])] },
      overlay: { get: (person) => state.young.get(person) ?? null },
      now: () => state.now,
      ...options,
    });
    const find = async (hmac: string, former?: string) => await members.find({ hmac, former, sealed: '' });
    return { members, state, find };
  }

  it('is read anew after an hour', async () => {
    const { state, find } = world();
    await find('a');
    state.now = START + HOUR - 1;
    await find('a');
    expect(state.reads).toEqual(['a']);
    state.now = START + HOUR;
    await find('a');
    expect(state.reads).toEqual(['a', 'a']);
  });

  it('has a bound, and those read longest ago make room', async () => {
    const size = JSON.stringify(version('a')).length;
    const { state, find } = world({ keptCharacters: 2 * size });
    for (const name of ['a', 'b', 'c', 'b', 'c']) await find(name);
    expect(state.reads).toEqual(['a', 'b', 'c']);
    await find('a');
    expect(state.reads).toEqual(['a', 'b', 'c', 'a']);
  });

  it('counts somebody who is forgotten and read again once', async () => {
    const size = JSON.stringify(version('a')).length;
    const { members, state, find } = world({ keptCharacters: 2 * size });
    for (let n = 0; n < 5; n++) {
      await find('a');
      members.forget('a');
      members.forget('never seen');
    }
    await find('a');
    await find('b');
    state.reads.length = 0;
    await find('a');
    await find('b');
    expect(state.reads).toEqual([]);
  });

  it('is nothing any more of somebody whom KV has lost since, though the clock should go back', async () => {
    const { state, find } = world();
    await find('a');
    state.gone.add('a');
    state.now = START + HOUR;
    expect(await find('a')).toBeNull();
    state.now -= 1;
    expect(await find('a')).toBeNull();
  });

  it('is nothing of somebody who is not known by their present name, which their next change comes under', async () => {
    const { state, find } = world();
    await find('new', 'old');
    await find('new', 'old');
    expect(state.reads).toEqual(['old', 'old']);
    state.renamed.set('old', 'new');
    await find('new', 'old');
    await find('new', 'old');
    await find('old');
    expect(state.reads).toEqual(['old', 'old', 'new']);
  });

  it('is nothing about somebody who is none, or about whom something younger is known', async () => {
    const { state, find } = world();
    expect(await find('nobody')).toBeNull();
    await find('nobody');
    // The change arrives while KV is being read.
    state.during = () => state.young.set('a', version('a', 2));
    await find('a');
    state.young.clear();
    state.during = () => {};
    await find('a');
    expect(state.reads).toEqual(['nobody', 'nobody', 'a', 'a']);
    // Nor is KV read where it is known already.
    state.young.set('b', version('b', 3));
    expect(await find('b')).toEqual(version('b', 3));
    expect(state.reads).toHaveLength(4);
  });
});
