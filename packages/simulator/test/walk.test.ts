import { beforeAll, describe, expect, it } from 'vitest';
import { randomPersonality, seededRandom } from '../src/index.ts';
import { callerOf, createFacePass, credentials, type FacePass } from './support/facepass.ts';

/** 2026-01-08 00:00:00 in Seoul. */
const dayStartMs = Date.UTC(2026, 0, 7, 15);
const range = { startTs: '2026-01-08T06:00:00', endTs: '2026-01-08T18:00:00' };
const [startMs, endMs] = [dayStartMs + 6 * 3_600_000, dayStartMs + 18 * 3_600_000];

let facepass: FacePass;

beforeAll(async () => {
  facepass = await createFacePass();
});

/** The plainest walk that the guide's words allow: from the last record's id to the next page, until one is empty. */
async function walk(size: number): Promise<string[]> {
  const call = callerOf(facepass);
  const ids: string[] = [];
  for (let page = 0; page < 200; page += 1) {
    const nextCursor = ids.at(-1);
    const { success } = await call('merchant/face-verify-history', {
      ...range,
      size,
      ...(nextCursor && { nextCursor }),
    });
    const items: { id: string }[] = Object(success['items']);
    if (items.length === 0) return ids;
    ids.push(...items.map(({ id }) => id));
  }
  throw new Error('the walk does not end');
}

describe('every personality', () => {
  it.each(Array.from({ length: 120 }, (_, seed) => seed))(
    'has each record of a range on one page of a walk, in its order (seed %i)',
    async (seed) => {
      await facepass.control.run('reset', {});
      const personality = {
        ...randomPersonality(seed),
        maxRangeSeconds: null,
        overMaxPageSize: 'clamp' as const,
      };
      await facepass.control.run('merchants/configure', { clientId: credentials.clientId, personality });
      const random = seededRandom(seed);
      const items = Array.from({ length: 40 }, () => ({
        atMs: dayStartMs + Math.floor(random() * 24) * 3_600_000,
      }));
      await facepass.control.run('records/verifications', { items });

      const { verifications } = await facepass.control.run('truth', {});
      const inRange = verifications.filter(
        ({ atMs }) =>
          (personality.startBound === 'inclusive' ? atMs >= startMs : atMs > startMs) &&
          (personality.endBound === 'inclusive' ? atMs <= endMs : atMs < endMs),
      );
      const ordered =
        personality.orderBy === 'time' ? inRange : inRange.toSorted((a, b) => a.sequence - b.sequence);
      const expected = ordered.map(({ id }) => id);
      if (personality.pageOrder === 'newest-first') expected.reverse();
      await expect(walk(7)).resolves.toEqual(expected);
    },
  );
});
