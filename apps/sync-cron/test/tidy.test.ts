import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { mirroredVerifications, snapshot } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
});

const tidied = async (): Promise<number> => await (await harness.mirror()).tidy();
const counted = async (): Promise<unknown> =>
  await env.DB.prepare(
    `SELECT (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM commits) AS commits,
       (SELECT count(*) FROM slices WHERE kind <> 'verify' AND state <> 'open') AS slices`,
  ).first();

describe('what runs did', () => {
  it('is dropped after ninety days, and nothing of what they mirrored and proved', async () => {
    await harness.verifications(noonMs - hourMs, noonMs - 30 * hourMs);
    for (let run = 0; run < 5; run++) {
      await harness.sync();
      harness.nowMs += 5 * minuteMs;
    }
    harness.nowMs += 89 * dayMs;
    expect(await tidied()).toBe(0);
    harness.nowMs += 3 * dayMs;
    const [rows, proofs] = [await mirroredVerifications(), await snapshot('proofs')];
    expect(await tidied()).toBeGreaterThan(5);
    expect(await counted()).toEqual({ runs: 0, commits: expect.any(Number), slices: 0 });
    expect(await mirroredVerifications()).toEqual(rows);
    expect(await snapshot('proofs')).toEqual(proofs);
    expect(await tidied()).toBe(0);

    await harness.sync();
    expect(await counted()).toMatchObject({ runs: 1 });
    expect(await tidied()).toBe(0);
  });
});
