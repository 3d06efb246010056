import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createReadsAtOnce } from '../src/store/guard/reads-at-once.ts';
import type { MemberVersion } from '../src/store/member-directory.ts';
import { createKvMemberProjection, READ_TOGETHER_MAX } from '../src/store/member-projection.ts';
import { forgetOverlay, guardSees, watchedKv } from './guard-kv.ts';
import { askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();
afterEach(() => void vi.useRealTimers());

const HOPELESS_MS = 500;

const version = (person: string): MemberVersion => ({ person, version: 1, facts: null });

/** Reads from a KV that answers each call when it is told to. */
function world() {
  const calls: { readonly people: readonly string[]; readonly end: (error?: Error) => void }[] = [];
  const begun = (people: readonly string[]) =>
    new Promise<void>((resolve, reject) => {
      calls.push({ people, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  const reads = createReadsAtOnce(
    {
      read: async (person) => {
        await begun([person]);
        return version(person);
      },
      readMany: async (people) => {
        await begun(people);
        return (person) => {
          if (person === 'broken') throw new Error('no JSON');
          return person === 'nobody' ? null : version(person);
        };
      },
    },
    HOPELESS_MS,
  );
  const sizes = () => calls.map(({ people }) => people.length);
  return { reads, calls, sizes };
}

describe('members read at once', () => {
  it('are read alone as long as there are connections, and the others together', async () => {
    const { reads, calls, sizes } = world();
    const people = Array.from({ length: 250 }, (_, n) => `p${n}`);
    const found = people.map((person) => reads.read(person));
    expect(sizes()).toEqual([1, 1, 1]);
    calls[0]?.end();
    expect(await found[0]).toEqual(version('p0'));
    await vi.waitUntil(() => calls.length === 4);
    expect(sizes()).toEqual([1, 1, 1, 100]);
    for (let call = 1; call < 6; call++) {
      await vi.waitUntil(() => calls.length > call);
      calls[call]?.end();
    }
    expect(await Promise.all(found)).toEqual(people.map(version));
    expect(sizes()).toEqual([1, 1, 1, 100, 100, 47]);
    void reads.read('later');
    expect(sizes().slice(6)).toEqual([1]);
  });

  it('are each somebody: one who cannot be read, or is nobody, is so alone', async () => {
    const { reads, calls } = world();
    const alone = ['a', 'b', 'c'].map((person) => reads.read(person));
    const together = Promise.allSettled(['broken', 'd', 'nobody', 'd'].map((person) => reads.read(person)));
    calls[1]?.end(new Error('down'));
    await expect(alone[1]).rejects.toThrow('down');
    await vi.waitUntil(() => calls.length === 4);
    calls[3]?.end();
    expect(await together).toMatchObject([
      { status: 'rejected' },
      { value: version('d') },
      { value: null },
      { value: version('d') },
    ]);
  });

  it('do not wait for ever for calls that never end', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const { reads, calls } = world();
    for (const person of ['a', 'b', 'c']) void reads.read(person);
    const found = reads.read('d');
    await vi.advanceTimersByTimeAsync(HOPELESS_MS);
    expect(calls).toHaveLength(4);
    calls[3]?.end();
    expect(await found).toEqual(version('d'));
  });
});

it('KV gives many members in one call, and one that is no JSON harms no other', async () => {
  const projection = createKvMemberProjection(env.RULES);
  const facts = { status: 'active' as const, groups: ['staff'], tags: { 팀: '영업' } };
  const members = Array.from({ length: READ_TOGETHER_MAX - 2 }, (_, n) => ({
    person: `p${n}`,
    version: n + 1,
    facts,
  }));
  for (const one of members) await projection.write(one);
  await env.RULES.put('member:broken', '{');
  const people = [...members.map(({ person }) => person), 'broken', 'nobody'];
  const find = await projection.readMany(people);
  expect(members.map(({ person }) => find(person))).toEqual(members);
  expect(find('nobody')).toBeNull();
  expect(() => find('broken')).toThrow(SyntaxError);
});

it('everybody who asks at once when the guard has just started is read once, and known from then on', async () => {
  await publish();
  const keys = Array.from({ length: 60 }, (_, n) => `m${n}`);
  await putMembers(...keys.map((key) => member(key)));
  await runDurableObjectAlarm(env.GUARD.getByName('partner'));
  await forgetOverlay();
  const { kv, watched } = watchedKv();
  await guardSees(kv);
  const asked = [...keys, 'nobody'];
  const answers = await Promise.all(asked.map((key) => askDoor(key)));
  expect(answers.map(({ verified }) => verified)).toEqual(asked.map((key) => key !== 'nobody'));
  expect(watched.reads).toBe(61);
  for (const key of keys) await askDoor(key);
  expect(watched.reads).toBe(61);
});
