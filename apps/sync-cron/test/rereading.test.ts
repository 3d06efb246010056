import { env } from 'cloudflare:workers';
import type { VerificationItem } from '@facepass-kit/core';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  mirroredRegistrations,
  mirroredVerifications,
  trueRegistrations,
  trueVerifications,
} from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

const start = noonMs - 2 * dayMs;
let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
});

async function expectTruth(): Promise<void> {
  expect(await mirroredVerifications()).toEqual(await trueVerifications(harness, start, harness.nowMs));
  expect(await mirroredRegistrations()).toEqual(await trueRegistrations(harness, start, harness.nowMs));
}

/** FacePass, which has lost the rows of these ids. */
function without(...ids: string[]) {
  return async (request: Request): Promise<Response> => {
    const response = await harness.facepass.fetch(request);
    if (!request.url.endsWith('face-verify-history')) return response;
    const body = (await response.json()) as { success: { items: VerificationItem[] } }; // the simulator's own answer
    const items = body.success.items.filter(({ id }) => !ids.includes(id));
    return Response.json({ ...body, success: { ...body.success, items } });
  };
}

describe('reading again', () => {
  it.each([
    ['minutes', 10 * minuteMs, 5 * minuteMs],
    ['hours', 5 * hourMs, hourMs],
    ['a day', 30 * hourMs, dayMs],
  ])('brings a record that FacePass wrote %s late', async (_, lateMs, waitMs) => {
    await harness.sync();
    await harness.verifications(harness.nowMs - lateMs);
    harness.nowMs += waitMs;
    await harness.sync();
    await expectTruth();
  });

  it('asks about undecided audits ever more rarely, a bounded number a run', async () => {
    await harness.become({ auditChange: 'update' });
    for (let hour = 1; hour <= 40; hour++) {
      await harness.facepass.control.run('records/registrations', {
        items: [{ atMs: noonMs - hour * hourMs, merchantUserKey: `member-${hour}`, auditStatus: 'WAITING' }],
      });
    }
    await harness.sync();
    const rewalks: number[] = [];
    for (let run = 0; run < 24; run++) {
      harness.nowMs += 5 * minuteMs;
      const before = await env.DB.prepare('SELECT max(id) AS n FROM slices').first<{ n: number }>();
      await harness.sync();
      const { results } = await env.DB.prepare(
        "SELECT from_ms FROM slices WHERE kind = 'rewalk' AND stream = 'registrations' AND id > ?",
      )
        .bind(before?.n ?? 0)
        .all();
      rewalks.push(results.length);
    }
    expect(Math.max(...rewalks)).toBeLessThanOrEqual(13);
    expect(rewalks.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(24);
  });

  it('reports no audit whose decision FacePass told by a row of its own', async () => {
    await harness.become({ auditChange: 'append' });
    await harness.facepass.control.run('registrations/enrol', {
      merchantUserKey: 'member-1',
      auditStatus: 'WAITING',
    });
    harness.nowMs += minuteMs;
    await harness.facepass.control.run('registrations/audit', {
      merchantUserKey: 'member-1',
      auditStatus: 'SUCCESS',
    });
    harness.nowMs += minuteMs;
    await harness.sync();
    expect(await mirroredRegistrations()).toHaveLength(2);
    harness.nowMs += 31 * dayMs;
    await harness.sync();
    expect(harness.log.map(({ event }) => event)).not.toContain('sync.audits_undecided_too_long');
  });

  it('reports audits that nobody decides, and stops asking about them', async () => {
    await harness.facepass.control.run('records/registrations', {
      items: [{ atMs: start + hourMs, merchantUserKey: 'member-1', auditStatus: 'HOLDING' }],
    });
    await harness.sync();
    harness.nowMs += 40 * dayMs;
    await harness.sync();
    expect(harness.log).toContainEqual({
      level: 'alert',
      event: 'sync.audits_undecided_too_long',
      fields: { hours: 1 },
    });
    const { results } = await env.DB.prepare('SELECT * FROM waiting_hours').all();
    expect(results).toEqual([]);
  });

  it('follows an audit that is decided long after, wherever its time moves', async () => {
    await harness.become({ auditChange: 'update-and-move' });
    const merchantUserKey = 'member-1';
    await harness.facepass.control.run('registrations/enrol', { merchantUserKey, auditStatus: 'WAITING' });
    await harness.sync();
    harness.nowMs += 5 * dayMs;
    await harness.sync();
    await harness.facepass.control.run('registrations/audit', { merchantUserKey, auditStatus: 'FAILURE' });
    harness.nowMs += dayMs;
    await harness.sync();
    await expectTruth();
  });
});

describe('a proof', () => {
  it('reads every closed range again in another cut and page size, and writes down what it found', async () => {
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 500, fromMs: start, toMs: noonMs },
    });
    await harness.sync();
    for (let run = 0; run < 12; run++) {
      harness.nowMs += 6 * hourMs;
      await harness.sync();
    }
    const { results } = await env.DB.prepare(
      "SELECT from_ms, to_ms, row_count, ids_sha256, page_size, lacked, changed, missing FROM proofs WHERE stream = 'verifications' ORDER BY from_ms",
    ).all<Record<string, number | string>>();
    expect(results.length).toBeGreaterThan(6);
    for (const [index, proof] of results.entries()) {
      expect(proof['from_ms']).toBe(index === 0 ? start : results[index - 1]?.['to_ms']);
      const from = Number(proof['from_ms']);
      const to = Number(proof['to_ms']);
      const ids = (await trueVerifications(harness, from, to - 1)).map(({ id }) => id).sort();
      expect(proof).toMatchObject({ row_count: ids.length, lacked: 0, changed: 0, missing: 0 });
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ids.join('\n')));
      expect(proof['ids_sha256']).toBe(
        [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
      );
    }
  });

  it('reports and heals what is lacking, changed or wrong in the mirror', async () => {
    await harness.verifications(...[1, 2, 3, 4, 5].map((hour) => start + hour * hourMs));
    await harness.sync();
    await env.DB.batch([
      env.DB.prepare("DELETE FROM verifications WHERE id = '2'"),
      env.DB.prepare("UPDATE verifications SET status = 'NONSENSE' WHERE id = '4'"),
    ]);
    harness.nowMs += 5 * minuteMs;
    await harness.sync();
    await expectTruth();
    expect(harness.log).toContainEqual({
      level: 'alert',
      event: 'sync.drift',
      fields: expect.objectContaining({ stream: 'verifications', lacked: 1, changed: 1, missing: 0 }),
    });
  });

  it('marks a row absent only when two proofs missed it, and takes it back when it is there again', async () => {
    await harness.verifications(start + hourMs, start + 2 * hourMs);
    await harness.sync();
    const absent = async (): Promise<unknown> =>
      (await env.DB.prepare('SELECT id FROM verifications WHERE absent_at IS NOT NULL').all()).results;

    harness.nowMs += 5 * minuteMs;
    await harness.sync({ fetch: without('1') });
    expect(await absent()).toEqual([]);
    harness.nowMs += 2 * hourMs;
    await harness.sync({ fetch: without('1') });
    expect(await absent()).toEqual([{ id: '1' }]);
    expect((await env.DB.prepare('SELECT * FROM missing_rows').all()).results).toEqual([]);

    harness.nowMs += 8 * dayMs;
    await harness.sync();
    expect(await absent()).toEqual([]);
    await expectTruth();
  });

  it('takes most of a range for absent only when it was missed for days: FacePass may be out of order', async () => {
    await harness.verifications(...Array.from({ length: 30 }, (_, n) => start + hourMs + n * minuteMs));
    await harness.sync();
    const absent = async (): Promise<unknown> =>
      await env.DB.prepare('SELECT count(absent_at) AS rows FROM verifications').first();
    const ids = (await mirroredVerifications()).map(({ id }) => id);

    for (let run = 0; run < 4; run++) {
      harness.nowMs += 2 * hourMs;
      await harness.sync({ fetch: without(...ids.slice(1)) });
    }
    expect(await absent()).toEqual({ rows: 0 });
    harness.nowMs += 2 * hourMs;
    await harness.sync();
    expect((await env.DB.prepare('SELECT * FROM missing_rows').all()).results).toEqual([]);
  });

  it('takes them for absent in the end, where they do not come back', async () => {
    await harness.verifications(...Array.from({ length: 30 }, (_, n) => start + hourMs + n * minuteMs));
    await harness.sync();
    const ids = (await mirroredVerifications()).map(({ id }) => id);
    for (let run = 0; run < 14; run++) {
      harness.nowMs += 6 * hourMs;
      await harness.sync({ fetch: without(...ids.slice(1)) });
    }
    expect(await mirroredVerifications()).toHaveLength(1);
  });

  it('does not take a row for absent that only moved', async () => {
    await harness.become({ auditChange: 'update-and-move' });
    const merchantUserKey = 'member-1';
    harness.nowMs = start + hourMs;
    await harness.facepass.control.run('registrations/enrol', { merchantUserKey, auditStatus: 'WAITING' });
    harness.nowMs = noonMs;
    await harness.sync();
    harness.nowMs += 2 * dayMs;
    await harness.facepass.control.run('registrations/audit', { merchantUserKey, auditStatus: 'SUCCESS' });
    for (let run = 0; run < 10; run++) {
      harness.nowMs += 3 * hourMs;
      await harness.sync();
    }
    const absent = await env.DB.prepare(
      'SELECT count(*) AS n FROM registrations WHERE absent_at IS NOT NULL',
    ).first();
    expect(absent).toEqual({ n: 0 });
    await expectTruth();
  });

  it('tells of ids that FacePass gives to one attempt after another', async () => {
    const times = [40, 39, 38, 14, 13, 12].map((hours) => noonMs - hours * hourMs);
    await harness.verifications(...times);
    const repeating = async (request: Request): Promise<Response> => {
      const response = await harness.facepass.fetch(request);
      if (!request.url.endsWith('face-verify-history')) return response;
      const body = (await response.json()) as { success: { items: { id: string }[] } }; // the simulator's own answer
      const items = body.success.items.map((item) => ({ ...item, id: String(Number(item.id) % 3) }));
      return Response.json({ ...body, success: { ...body.success, items } });
    };
    for (let run = 0; run < 12; run++) {
      await harness.sync({ fetch: repeating });
      harness.nowMs += 3 * hourMs;
    }
    const drifts = harness.log.filter(({ level, event }) => level === 'alert' && event === 'sync.drift');
    expect(drifts.some(({ fields }) => Number(fields['changed']) > 0)).toBe(true);
  });

  it('is made in pages of the first size where those of another cannot be proven to be all', async () => {
    await harness.become({ nextCursor: 'while-more', maxPageSize: 10, overMaxPageSize: 'reject' });
    await harness.verifications(...Array.from({ length: 7 }, () => start + hourMs));
    await harness.verifications(...Array.from({ length: 40 }, (_, n) => start + 2 * hourMs + n * minuteMs));
    /** FacePass, which says of every full page that more follow, repeats its last cursor, and takes none but its own. */
    const given = new Set<unknown>();
    const fetch = async (request: Request): Promise<Response> => {
      if (!request.url.endsWith('face-verify-history')) return await harness.facepass.fetch(request);
      const asked = (await request.clone().json()) as { size: number; nextCursor?: string };
      if (asked.nextCursor !== undefined && !given.has(asked.nextCursor)) {
        return Response.json({}, { status: 400 });
      }
      const response = await harness.facepass.fetch(request);
      // The simulator's own answer; none where it refuses the size.
      const body = (await response.clone().json()) as {
        success: { items: object[]; nextCursor?: string } | null;
      };
      const { success } = body;
      if (success === null || success === undefined) return response;
      const { nextCursor = asked.nextCursor } = success;
      given.add(nextCursor);
      const hasMore = success.items.length >= asked.size;
      return Response.json({ ...body, success: { ...success, hasMore, nextCursor } });
    };
    for (let run = 0; run < 12; run++) {
      await harness.sync({ fetch });
      harness.nowMs += 3 * hourMs;
    }
    const open = await env.DB.prepare(
      "SELECT kind, error_code FROM slices WHERE state = 'open' AND attempts > 0",
    ).all();
    expect(open.results).toEqual([]);
  });
});
