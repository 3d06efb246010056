import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type DecisionMessage, decisionMessage } from '@facepass-kit/protocol';
import { describe, expect, it } from 'vitest';
import { createQueueDecisionLog, type DecisionLog } from '../src/store/decision-log.ts';
import { flush } from '../src/store/guard/flush.ts';
import { createOutbox, type Outbox } from '../src/store/guard/outbox.ts';
import { createProgress } from '../src/store/guard/progress.ts';
import { createTables } from '../src/store/guard/tables.ts';
import { freshStores } from './world.ts';

freshStores();

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
  return {
    sent,
    async append(messages) {
      if (messages.some(({ id }) => refused.includes(id))) throw new Error('too large');
      sent.push(...messages.map(({ id }) => id));
    },
  };
}

describe('a decision that cannot be sent', () => {
  it('is set aside, and the rest flows', async () => {
    await withOutbox(async (outbox, sql) => {
      for (const id of ['a', 'huge', 'b', 'c']) outbox.append(decision(id));
      const queue = queueWithout('huge');
      await flush(outbox, queue);
      expect(new Set(queue.sent)).toEqual(new Set(['a', 'b', 'c']));
      expect(outbox.waiting()).toBe(0);
      const [row] = sql.exec<{ message: string }>('SELECT message FROM set_aside').toArray();
      expect(JSON.parse(row?.message ?? '{}')).toMatchObject({ id: 'huge' });
      outbox.forgetPerson(HMAC);
      const [forgotten] = sql.exec<{ message: string }>('SELECT message FROM set_aside').toArray();
      expect(JSON.parse(forgotten?.message ?? '{}')).toMatchObject({ person: { sealed: 'erased' } });
    });
  });

  it('is set aside where it is no decision at all, and hides nothing else', async () => {
    await withOutbox(async (outbox, sql) => {
      outbox.append(decision('a'));
      sql.exec("INSERT INTO outbox (message) VALUES ('{'), ('{}')");
      outbox.append(decision('b'));
      expect(outbox.last(10).map(({ id }) => id)).toEqual(['b', 'a']);
      const queue = queueWithout();
      await flush(outbox, queue);
      expect(queue.sent).toEqual(['a', 'b']);
      expect(sql.exec('SELECT * FROM set_aside').toArray()).toHaveLength(2);
      outbox.forgetPerson(HMAC);
      expect(outbox.last(1)).toMatchObject([{ person: { sealed: 'erased' } }]);
    });
  });

  it('waits with all others while the queue takes nothing', async () => {
    await withOutbox(async (outbox, sql) => {
      for (const id of ['a', 'b']) outbox.append(decision(id));
      await expect(flush(outbox, queueWithout('a', 'b'))).rejects.toThrow('too large');
      expect(outbox.waiting()).toBe(2);
      expect(sql.exec('SELECT * FROM set_aside').toArray()).toEqual([]);
    });
  });

  it('goes without its inputs where these alone are too large for the queue', async () => {
    const batches: unknown[][] = [];
    const queue: Pick<Queue<DecisionMessage>, 'sendBatch'> = {
      async sendBatch(messages) {
        batches.push([...messages].map(({ body }) => body));
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      },
    };
    const large = { ...decision('large', { facts: { note: 'x'.repeat(130_000) } }), sequence: 1 };
    const small = { ...decision('small', { facts: null }), sequence: 2 };
    // Only this one method is called.
    await createQueueDecisionLog(queue as Queue<DecisionMessage>).append([large, small]);
    expect(batches).toMatchObject([
      [
        { id: 'large', inputs: { trimmed: true } },
        { id: 'small', inputs: { facts: null } },
      ],
    ]);
    expect(decisionMessage.safeParse(batches[0]?.[0]).success).toBe(true);
  });
});
