import { createScheduledController, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  type DecisionQueueMessage,
  decisionMessage,
  decisionsIn,
  type MissingDecisionsQuery,
  type UnusedPermit,
} from '@facepass-kit/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../src/index.ts';
import { adminClient, askDoor, freshStores, member, offices, publish, putMembers } from './world.ts';

freshStores();
beforeEach(() => void vi.spyOn(console, 'info').mockImplementation(() => {}));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const guard = () => env.GUARD.getByName('partner');

/** Everything a permit may reserve: a place, a use of a quota, a use of a pass. */
const reserved = {
  ...offices,
  groups: [{ id: 'staff' }, { id: 'guards' }],
  zones: [
    { id: 'pool', match: { floor: '1' }, area: 'pool', direction: 'in' as const },
    { id: 'gym', match: { floor: '10' } },
    { id: 'lounge', match: { floor: '11' } },
  ],
  areas: [{ id: 'pool', maxOccupancy: 1 }],
  rules: [
    { id: 'pool', effect: 'permit' as const, who: { groups: ['staff'] }, zones: ['pool'] },
    {
      id: 'gym',
      effect: 'permit' as const,
      who: { groups: ['staff'] },
      zones: ['gym'],
      quota: { max: 1, per: 'day' as const },
    },
  ],
};

const lastPermit = async (): Promise<UnusedPermit> => {
  const [last] = await adminClient().lastDecisions(1);
  return { decisionId: last?.id ?? '', sequence: last?.sequence ?? 0 };
};

/** The schedule of every minute, with a mirror that says this. */
async function everyMinute(mirror: {
  pages?: Record<string, { permits: UnusedPermit[]; next: string | null }>;
  missing?: (query: MissingDecisionsQuery) => number[];
}) {
  const asked: (string | null)[] = [];
  const queries: MissingDecisionsQuery[] = [];
  const MIRROR = {
    ...env.MIRROR,
    async unusedPermits({ after }: { after: string | null }) {
      asked.push(after);
      return mirror.pages?.[after ?? 'start'] ?? { permits: [], next: after };
    },
    async missingDecisions(query: MissingDecisionsQuery) {
      queries.push(query);
      return mirror.missing?.(query) ?? [];
    },
  };
  // Only what the errands call is replaced.
  await worker.scheduled(createScheduledController({ cron: '* * * * *' }), {
    ...env,
    MIRROR,
  } as unknown as typeof env);
  return { asked, queries };
}

describe('a permit that the mirror found unused', () => {
  it('gives its place and its use back, once, however often it is told', async () => {
    await publish(reserved);
    await putMembers(member('a'), member('b'));
    expect(await askDoor('a', { floor: '1' })).toMatchObject({ verified: true });
    const place = await lastPermit();
    expect(await askDoor('b', { floor: '1' })).toMatchObject({ verified: false, code: 'AREA_FULL' });
    expect(await askDoor('a')).toMatchObject({ verified: true });
    const use = await lastPermit();

    const page = { permits: [place, use], next: 'c1' };
    expect((await everyMinute({ pages: { start: page } })).asked).toEqual([null, 'c1']);
    expect(await askDoor('b', { floor: '1' })).toMatchObject({ verified: true });
    // Not a repeat of the permit that is gone: the use that was given back is spent now, and there is no other.
    expect(await askDoor('a')).toMatchObject({ verified: true });
    const second = await lastPermit();
    expect(second.decisionId).not.toBe(use.decisionId);
    const again = { permits: [place, use], next: 'c2' };
    expect((await everyMinute({ pages: { c1: again } })).asked).toEqual(['c1', 'c2']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 });
    expect(await askDoor('a')).toMatchObject({ verified: false });
    expect(await askDoor('a', { floor: '1' })).toMatchObject({ verified: false, code: 'AREA_FULL' });
  });

  it('gives its place back of somebody who was erased and readmitted since, and no use that was counted since', async () => {
    await publish(reserved);
    await putMembers(member('a'), member('b'));
    expect(await askDoor('a', { floor: '1' })).toMatchObject({ verified: true });
    const place = await lastPermit();
    expect(await askDoor('a')).toMatchObject({ verified: true });
    const use = await lastPermit();
    const [found] = await adminClient().lookUpMembers({ merchantUserKey: 'a' });
    await adminClient().eraseMember(found?.person ?? '', 'asked for it');
    await putMembers(member('a', { readmit: true }));
    expect(await askDoor('a')).toMatchObject({ verified: true });
    await everyMinute({ pages: { start: { permits: [place, use], next: 'c1' } } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await askDoor('a')).toMatchObject({ verified: false });
    expect(await askDoor('b', { floor: '1' })).toMatchObject({ verified: true });
  });

  it('gives a use of a pass back', async () => {
    await publish(reserved);
    const pass = await adminClient().issuePass({
      merchantUserKey: 'guest',
      zones: ['lounge'],
      maxUses: 1,
      reason: 'visit',
    });
    expect(await askDoor('guest', { floor: '11' })).toMatchObject({ verified: false });
    await putMembers(member('guest', { groups: [] }));
    expect(await askDoor('guest', { floor: '11' })).toMatchObject({ verified: true });
    expect(await adminClient().passes()).toMatchObject([{ id: pass.id, uses: 1 }]);
    await everyMinute({ pages: { start: { permits: [await lastPermit()], next: 'c1' } } });
    expect(await adminClient().passes()).toMatchObject([{ id: pass.id, uses: 0 }]);
  });

  it('is asked for again where the guard did not take it', async () => {
    await publish(reserved);
    await putMembers(member('a'), member('b'));
    await askDoor('a', { floor: '1' });
    const page = { permits: [await lastPermit()], next: 'c1' };
    await runInDurableObject(guard(), (_, { storage }) => {
      storage.sql.exec(
        "CREATE TRIGGER refused BEFORE INSERT ON cursors BEGIN SELECT raise(ABORT, 'disk is full'); END",
      );
    });
    const failed = vi.spyOn(console, 'error').mockImplementation(() => {});
    await everyMinute({ pages: { start: page } });
    expect(failed).toHaveBeenCalledWith(expect.stringContaining('mirror.unused_permits.failed'));
    expect(await askDoor('b', { floor: '1' })).toMatchObject({ verified: false });
    await runInDurableObject(guard(), (_, { storage }) => {
      storage.sql.exec('DROP TRIGGER refused');
    });
    expect((await everyMinute({ pages: { start: page } })).asked[0]).toBeNull();
    expect(await askDoor('b', { floor: '1' })).toMatchObject({ verified: true });
  });
});

describe('a decision that did not arrive in the mirror', () => {
  const minutes = (n: number) => vi.setSystemTime(Date.now() + n * 60_000);

  /** What the guard sends while `work` runs, in place of the queue. */
  async function sending(work: () => Promise<void>): Promise<number[]> {
    const sent: number[] = [];
    await runInDurableObject(guard(), (instance) => {
      Object.assign(instance, {
        env: {
          ...env,
          DECISIONS: {
            send: async (body: DecisionQueueMessage) => {
              for (const part of decisionsIn(body)) sent.push(decisionMessage.parse(part).sequence ?? 0);
            },
          },
        },
      });
    });
    await work();
    return sent;
  }

  beforeEach(async () => {
    await publish(reserved);
    await putMembers(member('a'));
    for (let n = 0; n < 4; n++) await askDoor('a', { floor: '11' });
    await runInDurableObject(guard(), async (instance) => {
      await instance.alarm();
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  });

  it('is sent again when delivery has had its time, and asked about again', async () => {
    const missing = ({ after, through }: MissingDecisionsQuery) =>
      [2, 4].filter((n) => n > after && n <= through);
    expect((await everyMinute({ missing })).queries).toEqual([]);
    minutes(9);
    expect((await everyMinute({ missing })).queries).toEqual([]);
    minutes(2);
    const sent = await sending(async () => {
      expect((await everyMinute({ missing })).queries).toEqual([{ source: 'guard', after: 0, through: 4 }]);
    });
    expect(sent).toEqual([2, 4]);
    minutes(11);
    expect((await everyMinute({})).queries).toEqual([{ source: 'guard', after: 0, through: 4 }]);
    minutes(11);
    expect((await everyMinute({})).queries).toEqual([]);
  });

  it('is given up after three times, and stops nothing that comes after it', async () => {
    const missing = () => [3];
    await everyMinute({});
    const sent = await sending(async () => {
      for (let run = 0; run < 4; run++) {
        minutes(11);
        await everyMinute({ missing });
      }
    });
    expect(sent).toEqual([3, 3, 3]);
    minutes(11);
    expect((await everyMinute({ missing })).queries).toEqual([]);
  });

  it('waits while the queue takes nothing', async () => {
    await everyMinute({});
    minutes(11);
    vi.spyOn(console, 'error').mockImplementation(() => {});
    await runInDurableObject(guard(), (instance) => {
      const DECISIONS = { send: () => Promise.reject(new Error('down')) };
      Object.assign(instance, { env: { ...env, DECISIONS } });
    });
    await everyMinute({ missing: () => [1] });
    const sent = await sending(async () => {
      await everyMinute({ missing: () => [1] });
    });
    expect(sent).toEqual([1]);
  });
});
