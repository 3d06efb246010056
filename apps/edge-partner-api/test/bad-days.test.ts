import {
  createScheduledController,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { decisionMessage } from '@facepass-kit/protocol';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import worker from '../src/index.ts';
import { createErrands } from '../src/store/guard/errands.ts';
import { createGuardState } from '../src/store/guard/guard-state.ts';
import { guardSees, watchedKv } from './guard-kv.ts';
import { adminClient, askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();

/** A binding whose every call fails, as it does when the platform has a bad day. */
function broken<T extends object>(real: T): T {
  return new Proxy(real, {
    get: () => () => {
      throw new Error('internal error; reference = marked');
    },
  });
}

/** KV that answers no question, and takes what is written. */
async function kvDoesNotAnswer(answer: () => Promise<never>): Promise<void> {
  const { kv, watched } = watchedKv();
  watched.answer = answer;
  await guardSees(kv);
}

describe('with KV down', () => {
  it('a member the guard has just heard of is let in, anybody else is denied as unavailable', async () => {
    await publish();
    await putMembers(member('000001'));
    await kvDoesNotAnswer(() => Promise.reject(new Error('internal error; reference = marked')));
    expect(await askDoor('000001', { floor: '10' })).toMatchObject({ verified: true });
    expect(await askDoor('000002', { floor: '10' })).toMatchObject({
      verified: false,
      code: 'UNAVAILABLE',
    });
  });

  it('whoever asks why is told the same as the door', async () => {
    await publish();
    await kvDoesNotAnswer(() => Promise.reject(new Error('down')));
    expect(await adminClient().explain({ merchantUserKey: '000002', params: { floor: '10' } })).toMatchObject(
      {
        verified: false,
        reason: 'unavailable',
      },
    );
  });

  it('or silent, the answer comes within the budget', async () => {
    await publish();
    await kvDoesNotAnswer(() => new Promise(() => {}));
    expect(await askDoor('000002', { floor: '10' })).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('with the queue down', () => {
  it('doors are answered as ever, and every decision waits in the guard until it is back', async () => {
    await publish();
    await putMembers(member('000001'));
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const guard = env.GUARD.getByName('partner');
    const mark = crypto.randomUUID();
    for (let n = 0; n < 3; n++) {
      expect(await askDoor('000001', { floor: '10', mark })).toMatchObject({ verified: true });
    }
    await runInDurableObject(guard, async (_, { storage }) => {
      const state = createGuardState(storage.sql);
      const waiting = state.outbox.waiting();
      await createErrands(state, { ...env, DECISIONS: broken(env.DECISIONS) }, () => {}).run();
      expect(state.outbox.waiting()).toBe(waiting);
    });
    await evictDurableObject(guard);
    expect(await askDoor('000001', { floor: '10', mark })).toMatchObject({ verified: true });
    await runDurableObjectAlarm(guard);
    // At least once: an id that came twice is one decision.
    await expect
      .poll(async () => new Set((await received(mark)).map(({ id }) => id)).size, { timeout: 50_000 })
      .toBe(4);
  });
});

describe('with the guard out of reach', () => {
  const noGuard = { GUARD: broken(env.GUARD) };

  it('everybody is denied, and the denial is in the history', async () => {
    await publish();
    await putMembers(member('000001'));
    const mark = crypto.randomUUID();
    expect(await askDoor('000001', { floor: '10', mark }, noGuard)).toMatchObject({
      verified: false,
      code: 'UNAVAILABLE',
    });
    await expect
      .poll(() => received(mark), { timeout: 50_000 })
      .toMatchObject([{ source: 'edge', effect: 'deny', reason: 'unavailable', sequence: null }]);
  });

  it('a denial is answered even where the queue is down too', async () => {
    const nothing = { ...noGuard, DECISIONS: broken(env.DECISIONS) };
    expect(await askDoor('000001', { floor: '10' }, nothing)).toMatchObject({ verified: false });
  });

  it('a member is stored, the caller is told, and the change is handed over by the next schedule', async () => {
    await publish();
    await expect(adminClient(noGuard).upsertMembers({ members: [member('000001')] })).rejects.toMatchObject({
      status: 503,
      code: 'NOT_IN_FORCE_YET',
    });
    expect(await askDoor('000001')).toMatchObject({ verified: false });
    const controller = createScheduledController({ cron: '* * * * *' });
    await worker.scheduled(controller, env);
    expect(await askDoor('000001')).toMatchObject({ verified: true });
  });
});

describe('with D1 down', () => {
  it('doors are answered as ever', async () => {
    await publish();
    await putMembers(member('000001'));
    expect(await askDoor('000001', { floor: '10' }, { DB: broken(env.DB) })).toMatchObject({
      verified: true,
    });
  });

  it('a write is refused without a word about the inside', async () => {
    await expect(
      adminClient({ DB: broken(env.DB) }).upsertMembers({ members: [member('000001')] }),
    ).rejects.toMatchObject({
      status: 500,
      code: 'INTERNAL_ERROR',
      message: expect.not.stringContaining('marked'),
    });
  });
});

async function received(mark: string) {
  const decisions: unknown = await env.MIRROR?.recentDecisions({});
  return z
    .array(decisionMessage)
    .parse(decisions)
    .filter(({ params }) => params['mark'] === mark);
}
