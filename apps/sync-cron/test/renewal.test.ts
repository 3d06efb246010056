import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  generateDataKey,
  generatePepper,
} from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMirror, RenewingError } from '../src/app.ts';
import { type Configuration, parseEnvironment } from '../src/env.ts';
import worker from '../src/index.ts';
import { budgets } from '../src/sync/budget.ts';
import { snapshot } from './support/compare.ts';
import { countingDatabase } from './support/counting-database.ts';
import { decision } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
  const items = ['member-1', 'member-2', 'member-3'].flatMap((merchantUserKey) =>
    [1, 2].map((hour) => ({ atMs: noonMs - hour * hourMs, merchantUserKey })),
  );
  await harness.facepass.control.run('records/verifications', { items });
});

const configured = parseEnvironment(env);

/** Settings while the pepper is being changed, and afterwards. */
function rotation() {
  const pepper = generatePepper();
  const during: Partial<Configuration> = { pepper, previousPepper: configured.pepper };
  const after: Partial<Configuration> = { pepper, retiredPeppers: [configured.pepper] };
  return { pepper, during, after };
}

async function peopleUnder(pepper: string, previous?: string) {
  return createPersonReferences(await createBlindIndex(pepper), await createDataCipher(configured.dataKeys), {
    previous: previous === undefined ? null : await createBlindIndex(previous),
    retired: [],
  });
}

/** Renews to the end, every step in an invocation that has just started. */
async function renew(configuration: Partial<Configuration>, between: () => Promise<void> = async () => {}) {
  for (let step = 0; step < 50; step++) {
    const mirror = await harness.mirror({}, env, configuration).catch((error: unknown) => {
      if (error instanceof RenewingError) return error;
      throw error;
    });
    if ((await mirror.renewal.step()).done) return;
    await between();
  }
  throw new Error('the renewal does not end');
}

async function rowsOf(merchantUserKey: string, configuration: Partial<Configuration>): Promise<number> {
  const mirror = await harness.mirror({}, env, configuration);
  return (await mirror.read.verifications({ merchantUserKey })).length;
}

const TABLES = ['persons', 'tombstones', 'quarantine', 'dead_letters', 'leavers', 'leaver_events'] as const;

describe('changing the pepper of the mirror', () => {
  it('leaves every row with its person, and no name of before', async () => {
    await harness.sync();
    const old = await peopleUnder(configured.pepper);
    const mirror = await harness.mirror();
    await mirror.erasure.erase('member-3');
    const left = await old.of('member-2');
    await mirror.leavers.feed.note({
      after: 0,
      through: 1,
      standings: [
        { person: left.hmac, sealed: left.sealed, status: 'suspended', since: noonMs, validUntil: null },
      ],
    });
    const names = await Promise.all(['member-1', 'member-2', 'member-3'].map((key) => old.hmac(key)));
    const { during, after } = rotation();
    // Until its own renewal the mirror goes on under the pepper of before.
    expect(await rowsOf('member-1', during)).toBe(2);
    await renew(during, async () => {
      await expect(harness.sync({}, during)).rejects.toMatchObject({ code: 'RENEWING' });
    });
    const stored = JSON.stringify(await snapshot(...TABLES));
    for (const name of names) expect(stored).not.toContain(name);
    for (const settings of [during, after]) {
      expect(await rowsOf('member-1', settings)).toBe(2);
      expect(await rowsOf('member-2', settings)).toBe(2);
      expect(await rowsOf('member-3', settings)).toBe(0);
      const { leavers } = await harness.mirror({}, env, settings);
      expect(await leavers.read.list({ state: 'due' }, true)).toMatchObject([
        { merchantUserKey: 'member-2' },
      ]);
    }
    // What comes afterwards belongs to the same people, and to nobody where they were erased.
    await harness.facepass.control.run('records/verifications', {
      items: ['member-1', 'member-3'].map((merchantUserKey) => ({ atMs: noonMs, merchantUserKey })),
    });
    harness.nowMs += minuteMs;
    await harness.sync({}, after);
    expect(await rowsOf('member-1', after)).toBe(3);
    expect(await rowsOf('member-3', after)).toBe(0);
    const persons = await env.DB.prepare('SELECT count(*) AS n FROM persons WHERE hmac IS NOT NULL').first(
      'n',
    );
    expect(persons).toBe(2);
  });

  it('takes decisions under either name, before and after its own renewal', async () => {
    await harness.sync();
    const { during, pepper } = rotation();
    const both = await peopleUnder(pepper, configured.pepper);
    const old = await peopleUnder(configured.pepper);
    const bring = async (id: string, person: Awaited<ReturnType<typeof both.of>>) => {
      const message = { ...(await decision(id, 'member-1')), person };
      const batch = createMessageBatch('facepass-decisions', [
        { id, timestamp: new Date(), attempts: 1, body: message },
      ]);
      await (await harness.mirror({}, env, during)).consumeDecisions(batch);
    };
    await bring('00000000-0000-4000-8000-000000000001', await both.of('member-1'));
    await renew(during);
    await bring('00000000-0000-4000-8000-000000000002', await both.of('member-1'));
    await bring('00000000-0000-4000-8000-000000000003', await old.of('member-1'));
    const mirror = await harness.mirror({}, env, during);
    expect(await mirror.read.decisions({ merchantUserKey: 'member-1' })).toHaveLength(3);
    expect(await env.DB.prepare('SELECT count(*) AS n FROM persons WHERE hmac IS NOT NULL').first('n')).toBe(
      3,
    );
  });

  it('forgets whom the directory erased under the new name meanwhile', async () => {
    await harness.sync();
    const { during, pepper } = rotation();
    const fresh = await peopleUnder(pepper);
    const mirror = await harness.mirror({}, env, during);
    await mirror.leavers.feed.note({
      after: 0,
      through: 1,
      standings: [
        {
          person: await fresh.hmac('member-1'),
          sealed: null,
          status: 'erased',
          since: noonMs,
          validUntil: null,
        },
      ],
    });
    await renew(during);
    expect(await rowsOf('member-1', during)).toBe(0);
    expect(JSON.stringify(await snapshot('persons'))).not.toContain(await fresh.hmac('member-1'));
  });

  it('goes on within fifty statements a run on the free plan', async () => {
    await harness.sync();
    const { during } = rotation();
    await (await harness.mirror({}, env, during)).renewal.step();
    let runs = 0;
    for (; ; runs++) {
      const counting = countingDatabase(env.DB);
      const renewing = await harness
        .mirror({ limits: budgets.free }, { ...env, DB: counting.database }, during)
        .catch((error: unknown) => error);
      if (!(renewing instanceof RenewingError)) break;
      await renewing.goOn();
      expect(counting.statements).toBeGreaterThan(6);
      expect(counting.statements).toBeLessThanOrEqual(50);
    }
    expect(runs).toBeLessThan(3);
    expect(await rowsOf('member-1', during)).toBe(2);
  });

  it('refuses to erase under names that have been moved since, rather than to miss somebody', async () => {
    await harness.sync();
    const { during } = rotation();
    const overtaken = await harness.mirror({}, env, during);
    await renew(during, async () => {
      await expect(overtaken.erasure.erase('member-1')).rejects.toMatchObject({ code: 'RENEWING' });
      await expect(overtaken.erasure.readmit('member-1')).rejects.toMatchObject({ code: 'RENEWING' });
    });
    await expect(overtaken.erasure.erase('member-1')).rejects.toMatchObject({ code: 'RENEWING' });
    expect(await rowsOf('member-1', during)).toBe(2);
    const mirror = await harness.mirror({}, env, during);
    expect(await mirror.erasure.erase('member-1')).toBe(true);
    expect(await rowsOf('member-1', during)).toBe(0);
  });

  it('leaves decisions to be brought again whose names have been moved since', async () => {
    const { during, pepper } = rotation();
    const both = await peopleUnder(pepper, configured.pepper);
    const overtaken = await harness.mirror({}, env, during);
    await renew(during);
    const id = '00000000-0000-4000-8000-000000000001';
    const body = { ...(await decision(id, 'member-1')), person: await both.of('member-1') };
    const batch = createMessageBatch('facepass-decisions', [
      { id, timestamp: new Date(), attempts: 1, body },
    ]);
    await expect(overtaken.consumeDecisions(batch)).rejects.toMatchObject({ code: 'RENEWING' });
    expect(await snapshot('decisions')).toEqual({ decisions: [] });
  });

  it('asks for decisions again later while names are moved, and is finished by cron', async () => {
    await harness.sync();
    const { during } = rotation();
    const settings = { ...env, PEPPER: during.pepper, PREVIOUS_PEPPER: configured.pepper };
    await (await harness.mirror({}, env, during)).renewal.step();
    const batch = createMessageBatch('facepass-decisions', [
      { id: 'm', timestamp: new Date(), attempts: 1, body: await decision('m', 'member-1') },
    ]);
    const retried: unknown[] = [];
    await worker.queue({ ...batch, retryAll: (options) => void retried.push(options) }, settings);
    expect(retried).toEqual([{ delaySeconds: 60 }]);
    const controller = { cron: '*/5 * * * *', scheduledTime: noonMs, noRetry: () => {} };
    await worker.scheduled(controller as ScheduledController, settings);
    await expect(createMirror(settings, parseEnvironment(settings))).resolves.toBeDefined();
    expect(await rowsOf('member-1', during)).toBe(2);
  });
});

describe('changing the data key of the mirror', () => {
  it('leaves everything readable under the new key alone', async () => {
    await harness.sync();
    const fresh = generateDataKey('fresh');
    await renew({ dataKeys: [fresh, ...configured.dataKeys] });
    expect(await rowsOf('member-1', { dataKeys: [fresh] })).toBe(2);
    const { results } = await env.DB.prepare('SELECT sealed FROM persons WHERE sealed IS NOT NULL').all<{
      sealed: string;
    }>();
    expect(results.every(({ sealed }) => sealed.startsWith('fresh.'))).toBe(true);
    // Reading again changes nothing.
    const before = await snapshot('persons');
    await harness.sync({}, { dataKeys: [fresh] });
    expect(await snapshot('persons')).toEqual(before);
  });
});
