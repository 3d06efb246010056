import { describe, expect, it } from 'vitest';
import { range } from '../../conformance/fifteen-calls.ts';
import { type Answer, scriptedWorld, success } from '../../conformance/scripted-facepass.ts';

const row = { id: '1', verifyTs: '2024-01-01T12:00:00' };
const isAboutNothing = (body: unknown) => String(Object(body).startTs).startsWith('2000-01-01');

/** A FacePass whose answers hold these fields: about nothing, and about anything else. */
const facePass =
  (aboutNothing: object, otherwise: object): Answer =>
  ({ body }) =>
    success(isAboutNothing(body) ? aboutNothing : otherwise);

const list = async (answer: Answer) => {
  const { client, asked } = scriptedWorld([answer]);
  return { rows: await client.verifications.list(range).toArray({ limit: 10 }), asked };
};

describe('a page of a history without items', () => {
  it('is empty where FacePass says so of a time in which nothing can lie, which is asked once', async () => {
    for (const hasMore of [false, true, undefined]) {
      const silent = { hasMore, size: 10, nextCursor: null };
      const { client, asked } = scriptedWorld([facePass(silent, silent)]);
      for (let times = 0; times < 2; times++) {
        expect(await client.verifications.list(range).toArray({ limit: 10 })).toEqual([]);
      }
      expect(asked.filter(({ body }) => isAboutNothing(body))).toHaveLength(1);
    }
  });

  it('ends a history behind the last page with rows', async () => {
    const behind = { hasMore: false, size: 10 };
    const { client } = scriptedWorld([
      ({ body }) =>
        success(
          Object(body).nextCursor === undefined && !isAboutNothing(body)
            ? { ...behind, items: [row], nextCursor: '1' }
            : behind,
        ),
    ]);
    expect(await client.verifications.list(range).toArray({ limit: 10 })).toMatchObject([{ id: '1' }]);
  });

  it.each([
    ['has an empty list there', { items: [], hasMore: false, size: 10 }, { hasMore: false, size: 10 }],
    ['says something else there', { hasMore: false, size: 10 }, { hasMore: true, size: 10 }],
    [
      'gives the rows another name',
      { hasMore: false, size: 10 },
      { hasMore: false, size: 10, records: [row] },
    ],
    ['points to more', { hasMore: false, size: 10 }, { hasMore: false, size: 10, nextCursor: '1' }],
    ['answers nothing at all', {}, {}],
    ['refuses such a time', { records: 1 }, { hasMore: false, size: 10 }],
  ])('is no page where FacePass %s', async (_how, aboutNothing, otherwise) => {
    await expect(list(facePass(aboutNothing, otherwise))).rejects.toMatchObject({
      code: 'protocol_error',
      problem: 'wrong_shape',
      path: 'success.items',
    });
  });
});
