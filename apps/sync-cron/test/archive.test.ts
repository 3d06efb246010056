import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { archive } from '../src/archive/archiver.ts';
import { dayMs, hourMs } from './support/harness.ts';
import {
  alerts,
  archiveAll,
  aSettledMonth,
  beginInJanuary,
  february,
  harness,
  ids,
  lateRow,
  parts,
  reopened,
  rowsHere,
  rowsThere,
  start,
} from './support/settled-month.ts';

beforeEach(beginInJanuary);

describe('a settled month', () => {
  it('is in R2 as Parquet, row for row, and no more in D1', async () => {
    await aSettledMonth();
    const before = await rowsHere();
    const decisionsBefore = (await env.DB.prepare('SELECT * FROM decisions').all()).results;
    expect(before).toHaveLength(25);
    await archiveAll();
    expect(await rowsHere()).toEqual([]);
    const there = await rowsThere('verifications');
    expect(ids(there)).toEqual(ids(before));
    for (const row of there) {
      const { time_zone, ...same } = row;
      const original = before.find(({ id }) => id === row['id']);
      expect(original).toMatchObject(same);
      expect(time_zone).toBe('Asia/Seoul');
    }
    expect(ids(await rowsThere('decisions'))).toEqual(ids(decisionsBefore));
    const months = await env.DB.prepare('SELECT dataset, month, state FROM archive_months ORDER BY 1').all();
    expect(months.results).toEqual([
      { dataset: 'decisions', month: '2026-01', state: 'archived' },
      { dataset: 'verifications', month: '2026-01', state: 'archived' },
    ]);
    expect(alerts).toEqual([]);
  });

  it('stays as long as it is to stay', async () => {
    await aSettledMonth();
    expect(await archive(parts({ afterMonths: 2 }))).toBe(0);
    harness.nowMs = february + 27 * dayMs;
    expect(await archive(parts())).toBe(0);
    expect(await rowsHere()).toHaveLength(25);
  });

  it('stays where no bucket is bound or no age is set', async () => {
    await aSettledMonth();
    const { ARCHIVE: _, ...without } = env;
    const unbound = await harness.mirror({}, without, { archiveAfterMonths: 1 });
    const unset = await harness.mirror({}, env, { archiveAfterMonths: undefined });
    expect([await unbound.archive(), await unset.archive()]).toEqual([0, 0]);
    const both = await harness.mirror({}, env, { archiveAfterMonths: 1 });
    expect(await both.archive()).toBeGreaterThan(0);
  });

  it.each([
    ['a slice of it is still to be read', reopened],
    ['it is not proven to its end', "UPDATE generations SET rewalks = '{}'"],
    [
      'a row of it may be absent',
      "INSERT INTO missing_rows SELECT 'verifications', generation, id, 0 FROM verifications LIMIT 1",
    ],
    [
      'an hour of it is to be compared again',
      'UPDATE reconciliations SET pass = 1 WHERE hour_ms < 1769900000000',
    ],
    ['its answers are not compared to its end', 'DELETE FROM reconciliations WHERE hour_ms >= 1769900000000'],
  ])('does not go while %s, not even half of it', async (_, change) => {
    await aSettledMonth();
    await env.DB.prepare(change).run();
    expect(await archive(parts())).toBe(0);
    expect(await rowsHere()).toHaveLength(25);
  });

  it('does not go where it was read for a backfill that was given up, and keeps no later month here', async () => {
    await aSettledMonth();
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 60, fromMs: start - 40 * dayMs, toMs: start - hourMs },
    });
    await (await harness.mirror()).backfill.start(start - 40 * dayMs);
    // The first slice that is read is one of December.
    await env.DB.prepare("UPDATE slices SET not_before = ?1 WHERE kind = 'backfill' AND to_ms > ?2")
      .bind(harness.nowMs + dayMs, start - 38 * dayMs)
      .run();
    const { backfill } = await harness.mirror();
    await backfill.turn('2025-12');
    await backfill.cancel();
    const unproven = (await rowsHere()).filter(({ verified_at }) => Number(verified_at) < start);
    expect(unproven.length).toBeGreaterThan(0);
    await archiveAll();
    expect(await rowsHere()).toEqual(unproven);
    expect(await rowsThere('verifications')).toHaveLength(25);
  });

  it('does not go once such a thing comes up between writing and dropping', async () => {
    await aSettledMonth();
    for (let steps = 0; steps < 4; steps++) {
      let left = 1;
      await archive(parts({ mayGoOn: () => left-- > 0 }));
    }
    await env.DB.prepare(reopened).run();
    await archiveAll();
    expect(await rowsHere()).toHaveLength(25);
  });
});

describe('what comes after its month was archived', () => {
  it('stays in sight, raises an alarm, and is archived in a round of its own', async () => {
    await aSettledMonth();
    await archiveAll();
    await lateRow();
    // Re-walks bring the late row, and others of the month once more.
    expect(await rowsHere()).toHaveLength(26);
    await archiveAll();
    expect(alerts).toEqual([
      { event: 'archive.late_rows', fields: { dataset: 'verifications', month: '2026-01', round: 2 } },
    ]);
    expect(await rowsHere()).toEqual([]);
    expect(new Set(ids(await rowsThere('verifications'))).size).toBe(26);
  });

  it('is not compared with answers that are no longer here', async () => {
    await aSettledMonth();
    const { reconciler } = await harness.mirror();
    const before = await reconciler.range(start, start + 6 * hourMs);
    expect(before.length).toBeGreaterThan(0);
    await archiveAll();
    expect(await reconciler.range(start, start + 6 * hourMs)).toEqual([]);
  });
});
