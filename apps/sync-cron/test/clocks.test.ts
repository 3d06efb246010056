/** A clock that was days ahead for a while, and is right again. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { d1Database } from '../src/store/database.ts';
import { d1CoolDown } from '../src/telemetry/alerts.ts';
import {
  mirroredRegistrations,
  mirroredVerifications,
  trueRegistrations,
  trueVerifications,
} from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
});

const ahead = 5 * dayMs;

describe('after a clock was ahead', () => {
  it('what failed meanwhile is not waited for until then', async () => {
    await harness.verifications(noonMs - hourMs);
    harness.nowMs += ahead;
    const down = { fetch: async () => new Response(null, { status: 500 }) };
    await (await harness.mirror(down)).sync('cron');
    harness.nowMs -= ahead - 10 * minuteMs;
    await harness.verifications(harness.nowMs - minuteMs);
    const { streams } = await (await harness.mirror()).sync('cron');
    expect(streams.map(({ outcome, completeUntil }) => [outcome, completeUntil])).toEqual([
      ['completed', Math.floor(harness.nowMs / 1_000) * 1_000],
      ['completed', Math.floor(harness.nowMs / 1_000) * 1_000],
    ]);
    expect(await mirroredVerifications()).toEqual(
      await trueVerifications(harness, noonMs - 2 * dayMs, harness.nowMs),
    );
  });

  it('rows that were read by it still change', async () => {
    await harness.become({ auditChange: 'update' });
    await harness.facepass.control.run('registrations/enrol', {
      merchantUserKey: 'a',
      auditStatus: 'WAITING',
    });
    harness.nowMs += ahead;
    await harness.sync();
    harness.nowMs -= ahead - 10 * minuteMs;
    await harness.facepass.control.run('registrations/audit', {
      merchantUserKey: 'a',
      auditStatus: 'SUCCESS',
    });
    for (let run = 0; run < 4; run++) {
      harness.nowMs += 5 * minuteMs;
      await harness.sync();
    }
    expect(await mirroredRegistrations()).toEqual(
      await trueRegistrations(harness, noonMs - 2 * dayMs, harness.nowMs),
    );
  });

  it('alerts that were sent by it are sent again', async () => {
    const { claim } = d1CoolDown(d1Database(env.DB));
    expect(await claim('key', harness.nowMs + ahead, harness.nowMs + ahead - hourMs)).toBe(true);
    expect(await claim('key', harness.nowMs, harness.nowMs - hourMs)).toBe(true);
    expect(await claim('key', harness.nowMs + minuteMs, harness.nowMs + minuteMs - hourMs)).toBe(false);
  });
});
