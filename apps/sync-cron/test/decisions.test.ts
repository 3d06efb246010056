import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../src/index.ts';
import { snapshot } from './support/compare.ts';
import { decision } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { service } from './support/service.ts';

beforeEach(async () => {
  await emptyStores();
  await migrate();
});

async function deliver(...bodies: unknown[]) {
  const batch = createMessageBatch(
    'facepass-decisions',
    bodies.map((body, index) => ({ id: `m${index}`, timestamp: noonMs, attempts: 1, body })),
  );
  const context = createExecutionContext();
  await worker.queue(batch, env);
  return await getQueueResult(batch, context);
}

describe('the decisions consumer', () => {
  it('stores what the queue brings, and gives it back with the person named', async () => {
    const message = await decision('d1', 'member-1');
    await env.DECISIONS.send(message);
    const read = await vi.waitUntil(
      async () => {
        const rows = await service.recentDecisions({ merchantUserKey: 'member-1' });
        return rows.length > 0 ? rows : null;
      },
      { timeout: 10_000, interval: 50 },
    );
    const { v: _v, person: _person, ...rest } = message;
    expect(read).toEqual([{ ...rest, merchantUserKey: 'member-1' }]);
  });

  it('stores a decision once, however often it is delivered', async () => {
    const message = await decision('d1', 'member-1');
    const again = { ...message, person: (await decision('d1', 'member-1')).person };
    await deliver(message, again);
    const before = await snapshot('decisions', 'persons');
    const result = await deliver(again, await decision('d2', 'member-1'));
    expect(result.explicitAcks).toEqual(['m0', 'm1']);
    const after = await snapshot('decisions', 'persons');
    expect(after['decisions']).toHaveLength(2);
    expect(after['decisions']?.[0]).toEqual(before['decisions']?.[0]);
    expect(after['persons']).toEqual(before['persons']);
  });

  it('sends back what is no decision, and stores the others all the same', async () => {
    const result = await deliver({ v: 2, what: 'is this' }, await decision('d1', 'member-1'), 'text');
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['m0', 'm2']);
    expect(result.explicitAcks).toEqual(['m1']);
    expect((await snapshot('decisions'))['decisions']).toHaveLength(1);
  });

  it('stores every decision of a message that brings several', async () => {
    const decisions = await Promise.all(['d1', 'd2', 'd3'].map((id) => decision(id, id)));
    const result = await deliver({ v: 1, decisions }, await decision('d4', 'member-1'));
    expect(result.explicitAcks).toEqual(['m0', 'm1']);
    expect((await snapshot('decisions'))['decisions']).toHaveLength(4);
  });

  it('stores what can be read of such a message, and sends it back for the rest', async () => {
    const decisions = [await decision('d1', 'a'), { v: 1, id: 'd2' }, await decision('d3', 'b')];
    const result = await deliver({ v: 1, decisions });
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['m0']);
    expect((await snapshot('decisions'))['decisions']).toHaveLength(2);
  });

  it('stores more than one transaction holds', async () => {
    const inputs = { note: 'x'.repeat(20_000) };
    const bodies = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => ({
        v: 1,
        decisions: [
          await decision(`a${n}`, `a${n}`, { inputs }),
          await decision(`b${n}`, `b${n}`, { inputs }),
        ],
      })),
    );
    expect((await deliver(...bodies)).explicitAcks).toHaveLength(40);
    expect((await snapshot('decisions'))['decisions']).toHaveLength(80);
  });

  it('keeps the key of nobody in the clear', async () => {
    await deliver(await decision('d1', 'member-1'));
    expect(JSON.stringify(await snapshot('decisions', 'persons'))).not.toContain('member-1');
  });

  it('lets the whole batch come again when the database fails', async () => {
    const harness = await createHarness();
    const broken = new Proxy(env.DB, {
      get: (target, key) =>
        key === 'batch' ? () => Promise.reject(new Error('D1 is away')) : Reflect.get(target, key),
    });
    const mirror = await harness.mirror({}, { DB: broken });
    const batch = createMessageBatch('facepass-decisions', [
      { id: 'm', timestamp: noonMs, attempts: 1, body: await decision('d1', 'member-1') },
    ]);
    await expect(mirror.consumeDecisions(batch)).rejects.toThrow('D1 is away');
    const result = await getQueueResult(batch, createExecutionContext());
    expect(result.explicitAcks).toEqual([]);
  });

  it('reads the queue of another environment, whose name has a suffix', async () => {
    const batch = createMessageBatch('facepass-decisions-staging', [
      { id: 'm', timestamp: noonMs, attempts: 1, body: await decision('d1', 'member-1') },
    ]);
    await worker.queue(batch, env);
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(['m']);
    expect((await snapshot('decisions'))['decisions']).toHaveLength(1);
  });

  it('refuses a queue it does not know', async () => {
    const batch = createMessageBatch('something-else', []);
    await expect(worker.queue(batch, env)).rejects.toThrow('something-else');
  });
});

describe('dead letters', () => {
  async function keep(...bodies: unknown[]): Promise<void> {
    const batch = createMessageBatch(
      'facepass-decisions-dlq-staging',
      bodies.map((body, index) => ({
        id: `m${String(index).padStart(3, '0')}`,
        timestamp: noonMs,
        attempts: 1,
        body,
      })),
    );
    await worker.queue(batch, env);
  }

  it('are kept and replayed though together they are larger than one parameter may be', async () => {
    const inputs = { note: 'x'.repeat(100_000) };
    await keep(
      ...(await Promise.all(Array.from({ length: 30 }, (_, n) => decision(`d${n}`, 'member-1', { inputs })))),
    );
    expect((await snapshot('dead_letters'))['dead_letters']).toHaveLength(30);
    expect(await service.replayDeadLetters()).toEqual({ stored: 30, refused: 0 });
    expect(await snapshot('dead_letters')).toEqual({ dead_letters: [] });
    expect((await snapshot('decisions'))['decisions']).toHaveLength(30);
  });

  it('are replayed behind however many that still cannot be read', async () => {
    await keep(...Array.from({ length: 120 }, (_, n) => ({ v: 9, n })), await decision('d1', 'member-1'));
    expect(await service.replayDeadLetters()).toEqual({ stored: 1, refused: 120 });
    expect((await snapshot('decisions'))['decisions']).toHaveLength(1);
  });
});
