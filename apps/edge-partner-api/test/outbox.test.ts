import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type DecisionMessage, type DecisionQueueMessage, decisionBatch } from '@facepass-kit/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createQueueDecisionLog, type DecisionLog, decisionBatches } from '../src/store/decision-log.ts';
import { flush } from '../src/store/guard/flush.ts';
import { createOutbox, type Outbox } from '../src/store/guard/outbox.ts';
import { createProgress } from '../src/store/guard/progress.ts';
import { createTables } from '../src/store/guard/tables.ts';
import { ask, freshStores } from './world.ts';

freshStores();
afterEach(() => void vi.restoreAllMocks());

const HMAC = 'h'.repeat(43);

function decision(id: string, inputs: DecisionMessage['inputs'] = {}) {
  const person = { hmac: HMAC, sealed: 'sealed' };
  const answer = { at: 1, requestId: null, siteId: null, zoneId: null, person, params: {}, code: null };
  const why = { effect: 'deny' as const, reason: 'no_grant', determining: [], inputs };
  const known = { releaseHash: null, memberVersion: null, repeatOf: null };
  return { v: 1 as const, id, source: 'guard', ...answer, ...why, ...known };
}

/** An outbox on a real guard's storage. */
async function withOutbox(work: (outbox: Outbox, sql: SqlStorage) => Promise<void>): Promise<void> {
  await runInDurableObject(env.GUARD.getByName('outbox'), async (_, state) => {
    const { sql } = state.storage;
    createTables(sql);
    await work(createOutbox(sql, createProgress(sql)), sql);
  });
}

/** A queue that refuses each batch in which one of these is. */
function queueWithout(...refused: string[]): DecisionLog & { readonly sent: string[] } {
  const sent: string[] = [];
  const take: DecisionLog['send'] = async (messages) => {
    if (messages.some(({ id }) => refused.includes(id))) throw new Error('too large');
    sent.push(...messages.map(({ id }) => id));
  };
  return { sent, append: take, send: take };
}

describe('a decision that cannot be sent', () => {
  it('is set aside, and the rest flows', async () => {
    await withOutbox(async (outbox, sql) => {
      for (const id of ['a', 'huge', 'b', 'c']) outbox.append(decision(id), []);
      const queue = queueWithout('huge');
      await flush(outbox, queue);
      expect(new Set(queue.sent)).toEqual(new Set(['a', 'b', 'c']));
      expect(outbox.waiting()).toBe(0);
      const [row] = sql.exec<{ message: string }>('SELECT message FROM set_aside').toArray();
      expect(JSON.parse(row?.message ?? '{}')).toMatchObject({ id: 'huge' });
      // It would only be refused again.
      expect(outbox.numbered([1, 2, 3]).map(({ id }) => id)).toEqual(['a', 'b']);
      outbox.forgetPerson(HMAC);
      const [forgotten] = sql.exec<{ message: string }>('SELECT message FROM set_aside').toArray();
      expect(JSON.parse(forgotten?.message ?? '{}')).toMatchObject({ person: { sealed: 'erased' } });
    });
  });

  it('is set aside where it is no decision at all, and hides nothing else', async () => {
    await withOutbox(async (outbox, sql) => {
      for (const id of ['a', '?', '!', 'b']) outbox.append(decision(id), []);
      sql.exec("UPDATE decisions SET message = '{' WHERE sequence = 2");
      sql.exec("UPDATE decisions SET message = '{}' WHERE sequence = 3");
      expect(outbox.last(10).map(({ id }) => id)).toEqual(['b', 'a']);
      const queue = queueWithout();
      await flush(outbox, queue);
      expect(queue.sent).toEqual(['a', 'b']);
      expect(sql.exec('SELECT * FROM set_aside').toArray()).toHaveLength(2);
      outbox.forgetPerson(HMAC);
      expect(outbox.last(1)).toMatchObject([{ person: { sealed: 'erased' } }]);
    });
  });

  it('is set aside once where nothing comes after it that can be sent', async () => {
    await withOutbox(async (outbox, sql) => {
      outbox.append(decision('?'), []);
      sql.exec("UPDATE decisions SET message = '{'");
      const queue = queueWithout();
      await flush(outbox, queue);
      expect(outbox.waiting()).toBe(0);
      outbox.append(decision('a'), []);
      await flush(outbox, queue);
      expect(queue.sent).toEqual(['a']);
      expect(sql.exec('SELECT * FROM set_aside').toArray()).toHaveLength(1);
    });
  });

  it('waits with all others while the queue takes nothing', async () => {
    await withOutbox(async (outbox, sql) => {
      for (const id of ['a', 'b']) outbox.append(decision(id), []);
      await expect(flush(outbox, queueWithout('a', 'b'))).rejects.toThrow('too large');
      expect(outbox.waiting()).toBe(2);
      expect(sql.exec('SELECT * FROM set_aside').toArray()).toEqual([]);
    });
  });

  it('is found among many more than one message takes, and nothing is sent twice', async () => {
    await withOutbox(async (outbox, sql) => {
      const ids = Array.from({ length: 250 }, (_, n) => `d${n}`);
      for (const id of ids) outbox.append(decision(id), []);
      const queue = queueWithout('d99', 'd150');
      await flush(outbox, queue);
      // The newest, which shows that the queue takes anything at all, comes more than once.
      expect(queue.sent.filter((id) => id !== 'd249')).toEqual(
        ids.filter((id) => !['d99', 'd150', 'd249'].includes(id)),
      );
      expect(queue.sent).toContain('d249');
      expect(outbox.waiting()).toBe(0);
      expect(sql.exec('SELECT * FROM set_aside').toArray()).toHaveLength(2);
    });
  });

  it('sets nothing aside while the queue takes nothing and the newest cannot be read', async () => {
    await withOutbox(async (outbox, sql) => {
      for (const id of ['a', 'b', '?']) outbox.append(decision(id), []);
      sql.exec("UPDATE decisions SET message = '{' WHERE sequence = 3");
      await expect(flush(outbox, queueWithout('a', 'b'))).rejects.toThrow('too large');
      expect(sql.exec('SELECT sequence FROM set_aside').toArray()).toEqual([]);
      expect(outbox.waiting()).toBe(3);
    });
  });

  it('goes without its inputs where these alone are too large for the queue', async () => {
    const sent: unknown[] = [];
    const queue: Pick<Queue<DecisionQueueMessage>, 'send'> = {
      async send(body) {
        sent.push(body);
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      },
    };
    const large = { ...decision('large', { facts: { note: 'x'.repeat(130_000) } }), sequence: 1 };
    const small = { ...decision('small', { facts: null }), sequence: 2 };
    // Only this one method is called.
    await createQueueDecisionLog(queue as Queue<DecisionQueueMessage>).append([large, small]);
    expect(sent).toMatchObject([
      {
        decisions: [
          { id: 'large', inputs: { trimmed: true } },
          { id: 'small', inputs: { facts: null } },
        ],
      },
    ]);
    expect(decisionBatch.safeParse(sent[0]).success).toBe(true);
  });
});

describe('a guard that could not set its alarm', () => {
  const questionOf = (requestId: string) => ({
    requestId,
    merchantUserKey: '000001',
    person: { hmac: HMAC, sealed: 'sealed' },
    params: {},
    siteId: null,
    member: null,
    livesElsewhere: false,
  });

  it('sets it with the next question, so that no decision stays behind', async () => {
    await runInDurableObject(env.GUARD.getByName(crypto.randomUUID()), async (guard, { storage }) => {
      const setAlarm = vi.spyOn(storage, 'setAlarm').mockRejectedValueOnce(new Error('down'));
      await guard.admit(questionOf('a'), Date.now() + 60_000);
      expect(setAlarm).toHaveBeenCalledOnce();
      expect(await storage.getAlarm()).toBeNull();
      await guard.admit(questionOf('b'), Date.now() + 60_000);
      expect(await storage.getAlarm()).not.toBeNull();
    });
  });

  it('sets it when it starts again', async () => {
    const { GUARD } = env;
    const name = crypto.randomUUID();
    await runInDurableObject(GUARD.getByName(name), async (guard, { storage }) => {
      await guard.admit(questionOf('a'), Date.now() + 60_000);
      await storage.deleteAlarm();
    });
    await evictDurableObject(GUARD.getByName(name));
    await runInDurableObject(GUARD.getByName(name), async (_, { storage }) => {
      expect(await storage.getAlarm()).not.toBeNull();
    });
  });
});

describe('decisions on their way to the queue', () => {
  it('go many to a message, as many as fit, in order and each once', () => {
    const decisions = Array.from({ length: 250 }, (_, n) => ({ ...decision(`d${n}`), sequence: n + 1 }));
    const batches = [...decisionBatches(decisions)];
    expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(batches.flat()).toEqual(decisions);
  });

  it('go in messages the queue takes, however large they are', () => {
    const inputs = { note: '가'.repeat(10_000) };
    const decisions = Array.from({ length: 9 }, (_, n) => ({
      ...decision(`d${n}`, inputs),
      sequence: n + 1,
    }));
    for (const batch of decisionBatches(decisions)) {
      const bytes = new TextEncoder().encode(JSON.stringify({ v: 1, decisions: batch })).byteLength;
      expect(bytes).toBeLessThan(128_000);
    }
  });
});

describe('a question that is larger written than it was read', () => {
  it('reaches the queue all the same, and holds up nothing behind it', async () => {
    const zeros = '1e20,'.repeat(12_000);
    const { status } = await ask(
      '/v1/access/permissions',
      `{"merchantUserKey":"000001","params":{"floor":"10","x":[${zeros}0]}}`,
    );
    expect(status).toBe(200);
    await runInDurableObject(env.GUARD.getByName('partner'), async (guard, { storage }) => {
      await guard.alarm();
      expect(createOutbox(storage.sql, createProgress(storage.sql)).waiting()).toBe(0);
      expect(storage.sql.exec('SELECT * FROM set_aside').toArray()).toEqual([]);
    });
  });
});

describe('the ring of decisions', () => {
  const KEPT = 10;
  const withRing = async (work: (open: () => Outbox, sql: SqlStorage) => void) => {
    await withOutbox(async (_, sql) => {
      sql.exec('DELETE FROM decisions');
      work(() => createOutbox(sql, createProgress(sql), KEPT), sql);
    });
  };
  const append = (outbox: Outbox, from: number, to: number) => {
    for (let n = from; n <= to; n++) outbox.append(decision(`d${n}`), []);
  };
  const idsOf = (outbox: Outbox) => outbox.unsent(1_000).map(({ decision }) => decision?.id);

  it('is written over where decisions were sent, and grows no further', async () => {
    await withRing((open, sql) => {
      const outbox = open();
      for (let n = 1; n <= 35; n++) {
        append(outbox, n, n);
        outbox.sentThrough(n);
      }
      expect(sql.exec('SELECT * FROM decisions').toArray()).toHaveLength(KEPT);
      expect(outbox.last(100).map(({ sequence }) => sequence)).toEqual([
        35, 34, 33, 32, 31, 30, 29, 28, 27, 26,
      ]);
    });
  });

  it('loses none while the queue takes nothing, however many they become, also across a restart', async () => {
    await withRing((open, sql) => {
      append(open(), 1, 7);
      append(open(), 8, 37);
      const outbox = open();
      expect(outbox.waiting()).toBe(37);
      expect(idsOf(outbox)).toEqual(Array.from({ length: 37 }, (_, n) => `d${n + 1}`));
      outbox.sentThrough(20);
      append(open(), 38, 41);
      expect(idsOf(open())).toEqual(Array.from({ length: 21 }, (_, n) => `d${n + 21}`));
      open().sentThrough(41);
      append(open(), 42, 42);
      expect(idsOf(open())).toEqual(['d42']);
      expect(sql.exec('SELECT * FROM decisions').toArray().length).toBeLessThanOrEqual(KEPT);
    });
  });

  it('gives what a decision changed to whoever takes it back, once, and only under its own id', async () => {
    await withRing((open) => {
      const outbox = open();
      const changes = [{ kind: 'pass' as const, passId: 'p', by: 1 as const }];
      outbox.append(decision('d1'), changes);
      outbox.append(decision('d2'), []);
      expect([...outbox.changesSince(0)]).toEqual(changes);
      expect([...outbox.changesSince(2)]).toEqual([]);
      expect(outbox.takeChanges(1, 'd2')).toBeNull();
      expect(outbox.takeChanges(2, 'd2')).toBeNull();
      expect(outbox.takeChanges(1, 'd1')).toEqual(changes);
      expect(outbox.takeChanges(1, 'd1')).toBeNull();
      for (let n = 3; n <= 13; n++) append(outbox, n, n);
      outbox.sentThrough(13);
      append(outbox, 14, 14);
      expect(outbox.takeChanges(1, 'd1')).toBeNull();
    });
  });
});
