/** A FacePass that leaves `items` out of its pages. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { mirroredVerifications, trueVerifications } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
  await harness.facepass.control.run('records/verifications', {
    generate: { count: 120, fromMs: noonMs - 30 * hourMs, toMs: noonMs - hourMs },
  });
});

interface Page {
  success: { items?: unknown[]; nextCursor?: unknown };
}

/** Leaves `items` out of the pages of which `isSilent` says so. */
const leavingOut =
  (isSilent: (items: readonly unknown[]) => boolean) =>
  async (request: Request): Promise<Response> => {
    const response = await harness.facepass.fetch(request);
    if (!request.url.endsWith('-history')) return response;
    const body = (await response.json()) as Page; // the simulator's own answer
    const { items = [], nextCursor, ...rest } = body.success;
    return Response.json(
      isSilent(items) ? { ...body, success: rest } : { ...body, success: { ...rest, items, nextCursor } },
    );
  };

const outcomes = async (fetch: (request: Request) => Promise<Response>) =>
  (await harness.sync({ fetch })).streams.map(({ outcome, error }) => error?.code ?? outcome);

describe('a FacePass that leaves items out of empty pages', () => {
  it('is mirrored as any other, and proven', async () => {
    const silent = leavingOut((items) => items.length === 0);
    for (let run = 0; run < 14; run++) {
      expect(await outcomes(silent)).toEqual(['completed', 'completed']);
      harness.nowMs += 4 * hourMs;
    }
    expect(await mirroredVerifications()).toEqual(
      await trueVerifications(harness, noonMs - 2 * dayMs, harness.nowMs),
    );
    const drift = await env.DB.prepare(
      'SELECT count(*) AS n, sum(lacked + missing) AS drift FROM proofs',
    ).first();
    expect(drift).toMatchObject({ drift: 0 });
  });
});

describe('a FacePass that leaves items out of pages that have some', () => {
  it('is not believed: nothing counts as read, nothing as absent', async () => {
    await outcomes(leavingOut(() => false));
    const lateMs = harness.nowMs + hourMs;
    await harness.verifications(lateMs);
    const broken = leavingOut((items) => items.length > 0);
    for (let run = 0; run < 14; run++) {
      harness.nowMs += 4 * hourMs;
      expect((await outcomes(broken))[1]).toBe('protocol_wrong_shape');
    }
    expect(await env.DB.prepare('SELECT count(*) AS n FROM missing_rows').first()).toEqual({ n: 0 });
    const unread = await env.DB.prepare(
      "SELECT count(*) AS n FROM slices WHERE state = 'open' AND kind = 'forward' AND from_ms <= ?1 AND to_ms > ?1",
    )
      .bind(lateMs)
      .first();
    expect(unread).toEqual({ n: 1 });
    expect(await outcomes(leavingOut(() => false))).toEqual(['completed', 'completed']);
    expect(await mirroredVerifications()).toEqual(
      await trueVerifications(harness, noonMs - 2 * dayMs, harness.nowMs),
    );
  });
});
