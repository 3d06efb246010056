import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type DecisionQueueMessage, decisionMessage, decisionsIn } from '@facepass-kit/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createErrands } from '../src/store/guard/errands.ts';
import { FLUSH_AFTER_MS, FLUSH_LIMIT } from '../src/store/guard/flush.ts';
import { createGuardState, type GuardState } from '../src/store/guard/guard-state.ts';
import { PROJECTION_HORIZON_MS } from '../src/store/member-projection.ts';
import { sharedStores } from './world.ts';

/** The pepper is not being changed here. */
const nobodyMoved = (): void => {};

sharedStores();
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const facts = { status: 'active' as const, groups: [], tags: {} };
const person = { hmac: 'p'.repeat(43), sealed: 'k1.x.y' };

/** A guard's state in real storage, with bindings that can be taken down. */
async function withGuard(
  work: (guard: {
    state: GuardState;
    sql: SqlStorage;
    run: () => Promise<number | null>;
    down: { queue: boolean; kv: boolean };
    sent: object[];
    /** Once, while the first message is on its way. */
    onSend: (meanwhile: () => void) => void;
    /** Keeps the next message waiting, until the function it gives is called. */
    hold: () => () => void;
  }) => Promise<void>,
) {
  await runInDurableObject(env.GUARD.getByName(crypto.randomUUID()), async (_, { storage }) => {
    const down = { queue: false, kv: false };
    const sent: object[] = [];
    let meanwhile = (): void => {};
    let held: Promise<void> | undefined;
    const failing = (kind: keyof typeof down): void => {
      if (down[kind]) throw new Error('down');
    };
    const state = createGuardState(storage.sql);
    const errands = createErrands(
      state,
      {
        ...env,
        // The shapes of the bindings as far as the errands use them.
        DECISIONS: {
          send: async (body: DecisionQueueMessage) => {
            failing('queue');
            meanwhile();
            meanwhile = () => {};
            const waits = held;
            held = undefined;
            await waits;
            sent.push(...decisionsIn(body).map((decision) => decisionMessage.parse(decision)));
          },
        } as unknown as typeof env.DECISIONS,
        RULES: {
          put: async (key: string, value: string) => {
            failing('kv');
            await env.RULES.put(key, value);
          },
          delete: async (key: string) => {
            failing('kv');
            await env.RULES.delete(key);
          },
        } as unknown as typeof env.RULES,
      },
      nobodyMoved,
    );
    const onSend = (work: () => void): void => {
      meanwhile = work;
    };
    const hold = () => {
      let answer = (): void => {};
      held = new Promise((resolve) => {
        answer = resolve;
      });
      return () => answer();
    };
    await work({ state, sql: storage.sql, run: () => errands.run(), down, sent, onSend, hold });
  });
}

function decide(state: GuardState, id: string): void {
  state.outbox.append(
    {
      v: 1,
      id,
      source: 'guard',
      at: 1,
      requestId: null,
      siteId: null,
      zoneId: null,
      person,
      params: {},
      effect: 'deny',
      reason: 'no_zone',
      determining: [],
      code: null,
      releaseHash: null,
      memberVersion: null,
      repeatOf: null,
      inputs: {},
    },
    [],
  );
}

describe('decisions made while others are on their way', () => {
  it('wait for company as the first ones did, rather than leave one by one', async () => {
    await withGuard(async ({ state, run, onSend }) => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
      decide(state, 'a');
      onSend(() => decide(state, 'b'));
      expect(await run()).toBe(1_000_000 + FLUSH_AFTER_MS);
    });
  });

  it('do not wait where there are more than go in one run', async () => {
    await withGuard(async ({ state, run }) => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
      for (let n = 0; n < 2 * FLUSH_LIMIT; n++) decide(state, `d${n}`);
      expect(await run()).toBe(1_000_000);
      expect(await run()).toBeNull();
    });
  });
});

describe('with the queue down', () => {
  it('decisions wait, in order and with longer and longer pauses, and none is lost or sent twice', async () => {
    await withGuard(async ({ state, run, down, sent }) => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
      down.queue = true;
      for (const id of ['a', 'b', 'c']) decide(state, id);
      const pauses: number[] = [];
      for (let failure = 0; failure < 8; failure++) pauses.push(((await run()) ?? 0) - Date.now());
      expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
      expect(state.outbox.waiting()).toBe(3);
      down.queue = false;
      expect(await run()).toBeNull();
      await run();
      expect(sent).toMatchObject([
        { id: 'a', sequence: 1 },
        { id: 'b', sequence: 2 },
        { id: 'c', sequence: 3 },
      ]);
    });
  });

  it('member changes reach KV all the same', async () => {
    await withGuard(async ({ state, run, down }) => {
      down.queue = true;
      decide(state, 'a');
      state.overlay.apply({ person: person.hmac, version: 1, facts });
      await run();
      expect(await env.RULES.get(`member:${person.hmac}`, 'json')).toMatchObject({ version: 1 });
    });
  });
});

describe('with a queue that does not answer at all', () => {
  it('KV goes on being written, and decisions are sent once it answers', async () => {
    await withGuard(async ({ state, run, sent, hold }) => {
      vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
      const inKv = async (version: number) => {
        let found: { version: number } | null = null;
        while (found?.version !== version) found = await env.RULES.get(`member:${person.hmac}`, 'json');
      };
      const answer = hold();
      decide(state, 'a');
      state.overlay.apply({ person: person.hmac, version: 1, facts });
      const first = run();
      await inKv(1);
      state.overlay.apply({ person: person.hmac, version: 2, facts });
      await vi.advanceTimersByTimeAsync(30_000);
      expect(await first).not.toBeNull();
      const second = run();
      await inKv(2);
      answer();
      await second;
      expect(state.outbox.waiting()).toBe(0);
      expect(sent).toMatchObject([{ id: 'a' }]);
    });
  });

  it('another attempt is made when the first one must be lost', async () => {
    await withGuard(async ({ state, run, sent, hold }) => {
      vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
      const answer = hold();
      decide(state, 'a');
      const first = run();
      await vi.advanceTimersByTimeAsync(10 * 60_000);
      await first;
      await run();
      expect(sent).toMatchObject([{ id: 'a' }]);
      decide(state, 'b');
      await run();
      expect(state.outbox.sent()).toBe(2);
      answer();
      await run();
      expect(state.outbox.sent()).toBe(2);
    });
  });
});

describe('with KV down', () => {
  it('changes stay known here until they are written, the newest version last', async () => {
    await withGuard(async ({ state, run, down }) => {
      down.kv = true;
      state.overlay.apply({ person: person.hmac, version: 2, facts });
      await run();
      state.overlay.apply({ person: person.hmac, version: 3, facts: null });
      state.overlay.apply({ person: person.hmac, version: 1, facts });
      expect(state.overlay.get(person.hmac)).toEqual({ person: person.hmac, version: 3, facts: null });
      down.kv = false;
      await run();
      expect(await env.RULES.get(`member:${person.hmac}`)).toBeNull();
      expect(state.overlay.unprojected(10)).toEqual([]);
    });
  });
});

describe('with KV that fails for one person and is slow for another', () => {
  it('a run ends when the slow write has, so that it cannot land after a newer one', async () => {
    await runInDurableObject(env.GUARD.getByName(crypto.randomUUID()), async (_, { storage }) => {
      let finish: () => void = () => {};
      const slow = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const landed: string[] = [];
      const state = createGuardState(storage.sql);
      const errands = createErrands(
        state,
        {
          ...env,
          // The shape of the binding as far as the errands use it.
          RULES: {
            put: async (key: string, value: string) => {
              if (key.endsWith('q')) throw new Error('down');
              if (landed.length === 0) await slow;
              landed.push(JSON.parse(value).facts.status);
            },
          } as unknown as typeof env.RULES,
        },
        nobodyMoved,
      );
      state.overlay.apply({ person: person.hmac, version: 1, facts });
      state.overlay.apply({ person: 'q'.repeat(43), version: 1, facts });
      let ended = false;
      const first = errands.run().then(() => {
        ended = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect(ended).toBe(false);
      state.overlay.apply({ person: person.hmac, version: 2, facts: { ...facts, status: 'suspended' } });
      finish();
      await first;
      await errands.run();
      expect(landed).toEqual(['active', 'suspended']);
    });
  });
});

describe('what the guard remembers', () => {
  it('of a change goes when every location must have seen it in KV, and not before', async () => {
    await withGuard(async ({ state, run }) => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
      state.overlay.apply({ person: person.hmac, version: 1, facts });
      expect(await run()).toBe(1_000_000 + PROJECTION_HORIZON_MS);
      vi.setSystemTime(1_000_000 + PROJECTION_HORIZON_MS);
      await run();
      expect(state.overlay.get(person.hmac)).not.toBeNull();
      vi.setSystemTime(1_000_000 + PROJECTION_HORIZON_MS + 1);
      expect(await run()).toBeNull();
      expect(state.overlay.get(person.hmac)).toBeNull();
    });
  });
});

describe('what is nearly always empty', () => {
  it('is found as soon as there is something, also what a renaming put there, and forgotten after it is gone', async () => {
    await withGuard(async ({ state, sql, run }) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
      const { overlay, passes, names } = state;
      expect([overlay.get('p1'), passes.of('p1')]).toEqual([null, []]);
      overlay.apply({ person: 'p1', version: 1, facts });
      const times = { validFrom: null, validUntil: Date.now() };
      passes.issue({ id: 'v', person: { hmac: 'p1', sealed: '' }, zones: ['hall'], ...times, maxUses: 1 });
      expect([overlay.get('p1'), passes.of('p1')]).toMatchObject([{ version: 1 }, [{ id: 'v' }]]);
      await run();
      vi.setSystemTime(Date.now() + 30 * 24 * 3_600_000);
      await run();
      expect([overlay.get('p1'), passes.of('p1')]).toEqual([null, []]);
      names.rename([
        { from: 'p1', to: 'p2', sealed: '', member: { version: 3, facts: JSON.stringify(facts) } },
      ]);
      expect(overlay.get('p2')).toMatchObject({ version: 3, facts });
      expect(createGuardState(sql).overlay.get('p2')).toMatchObject({ version: 3 });
    });
  });
});
