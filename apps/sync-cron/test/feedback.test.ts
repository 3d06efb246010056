import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { DecisionMessage } from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { decision } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, type Harness, hourMs, minuteMs, noonMs, secondMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const hour = noonMs - 3 * hourMs;
const mid = hour + 30 * minuteMs;
const params = { floor: '10', gate: 'A' };
let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
});

async function decided(id: string, sequence: number, change: Partial<DecisionMessage> = {}, who = id) {
  const body = await decision(id, who, { at: mid, params, code: null, sequence, ...change });
  const mirror = await harness.mirror();
  await mirror.consumeDecisions(
    createMessageBatch('facepass-decisions', [{ id, timestamp: mid, attempts: 1, body }]),
  );
}

async function entered(who: string, atMs: number) {
  const items = [{ atMs, merchantUserKey: who, params, status: 'SUCCESS' }];
  await harness.facepass.control.run('records/verifications', { items });
}

/** A permit that somebody used. */
async function used(who: string, sequence: number) {
  await decided(who, sequence);
  await entered(who, mid + 2 * secondMs);
}

async function compared() {
  await harness.sync();
  await (await harness.mirror()).reconciler.range(hour, hour + hourMs);
}

const unused = async (after: string | null = null, limit = 100) =>
  await (await harness.mirror()).feedback.unusedPermits({ after, limit });
const missing = async (after: number, through: number, source = 'guard') =>
  await (await harness.mirror()).feedback.missing({ source, after, through });

describe('permits that never became an entry', () => {
  it('are told once the hour is completely mirrored, and not before', async () => {
    await used('used', 1);
    await decided('unused', 2);
    expect(await unused()).toEqual({ permits: [], next: null });
    await compared();
    const { permits, next } = await unused();
    expect(permits).toEqual([{ decisionId: 'unused', sequence: 2 }]);
    expect(await unused(next)).toEqual({ permits: [], next });
  });

  it('are told a few at a time, none left out and none twice', async () => {
    for (let n = 1; n <= 5; n++) await decided(`d${n}`, n);
    await used('regular', 6);
    await compared();
    const told: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 4; page++) {
      const { permits, next } = await unused(after, 2);
      told.push(...permits.map(({ decisionId }) => decisionId));
      after = next;
    }
    expect(told).toEqual(['d1', 'd2', 'd3', 'd4', 'd5']);
  });

  it('are not denials, not those of a guard that was out of reach, and not those a repeat of which was used', async () => {
    await decided('denied', 1, { effect: 'deny', reason: 'no_grant' });
    await decided('eventual', 2, { source: 'eventual', sequence: null });
    await decided('first', 3, {}, 'hesitant');
    await decided('again', 4, { at: mid + 70 * secondMs, repeatOf: 'first' }, 'hesitant');
    await entered('hesitant', mid + 100 * secondMs);
    await compared();
    expect((await unused()).permits).toEqual([]);
  });

  it('are taken back from nobody where no answer matches any record, as with a wrong time zone, which is alarmed', async () => {
    for (let n = 1; n <= 10; n++) {
      await decided(`d${n}`, n);
      await entered(`d${n}`, mid + 2 * secondMs);
    }
    const mirror = await harness.mirror({}, env, { timeZone: 'UTC' });
    await mirror.sync('cron');
    await mirror.reconciler.range(hour, hour + hourMs);
    expect(await mirror.reconciler.findings({ kind: 'permit_unused' })).toHaveLength(10);
    expect((await unused()).permits).toEqual([]);
    expect(harness.log).toContainEqual({
      level: 'alert',
      event: 'reconcile.nothing_matches',
      fields: { hourMs: hour, permits: 10 },
    });
  });

  it('come again when their hour is compared again, for what was recorded late', async () => {
    await decided('late', 1);
    await used('regular', 3);
    await compared();
    const { next } = await unused();
    harness.nowMs += minuteMs;
    await decided('later', 2);
    await compared();
    expect((await unused(next)).permits.map(({ decisionId }) => decisionId)).toEqual(['late', 'later']);
  });
});

describe('numbers of the guard that did not arrive', () => {
  it('are named within the range asked for, at its ends too', async () => {
    for (const n of [2, 3, 6]) await decided(`d${n}`, n);
    expect(await missing(0, 8)).toEqual([1, 4, 5, 7, 8]);
    expect(await missing(1, 3)).toEqual([]);
    expect(await missing(3, 5)).toEqual([4, 5]);
    expect(await missing(0, 2, 'another')).toEqual([1, 2]);
  });

  it('are a thousand at most, the oldest first', async () => {
    const numbers = await missing(0, 5_000);
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([1_000, 1, 1_000]);
  });
});
