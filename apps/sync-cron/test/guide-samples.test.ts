import { samplePersonality } from '@facepass-kit/simulator';
import { beforeEach, describe, expect, it } from 'vitest';
import { mirroredRegistrations, mirroredVerifications, trueVerifications } from './support/compare.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs, noonMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

/** The pages of the guide's samples, answered whatever was asked, as a partner's first stub does. */
const pages: Record<string, object> = {
  'face-register-history': {
    items: [{ id: '1', merchantUserKey: '000001', auditStatus: 'SUCCESS', eventTs: '2024-01-02T00:00:00' }],
    hasMore: false,
    size: 10,
    nextCursor: '100',
  },
  'face-verify-history': {
    items: [
      sampleRow('1', '000001', { status: 'SUCCESS' }),
      sampleRow('2', '000002', { status: 'FAIL', resultCode: 'FACE_NOT_FOUND' }),
      sampleRow('3', '000003', {
        status: 'FAIL',
        resultCode: 'MERCHANT_VALIDATION_FAILED',
        customCode: 'TE0003',
      }),
    ],
    hasMore: false,
    size: 10,
    nextCursor: '100',
  },
};

function sampleRow(id: string, merchantUserKey: string, change: object): object {
  return {
    id,
    merchantUserKey,
    resultCode: null,
    customCode: null,
    deviceId: 'IPAD001',
    transactionId: `transaction-${id}`,
    params: { floor: '5' },
    verifiedTs: '2024-01-01T00:00:00',
    ...change,
  };
}

let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
});

describe("the guide's own samples", () => {
  it('are mirrored completely, and end although their cursor never does', async () => {
    const report = await harness.sync({
      fetch: (request) => {
        const success = pages[request.url.split('/').at(-1) ?? ''];
        return success === undefined
          ? harness.facepass.fetch(request)
          : Promise.resolve(Response.json({ resultType: 'SUCCESS', success }));
      },
    });
    expect(report.streams.map(({ outcome, inserted }) => [outcome, inserted])).toEqual([
      ['completed', 1],
      ['completed', 3],
    ]);
    const inSeoul = (text: string): number => Date.parse(`${text}+09:00`);
    expect(await mirroredRegistrations()).toEqual([
      {
        id: '1',
        merchantUserKey: '000001',
        atMs: inSeoul('2024-01-02T00:00:00'),
        fields: JSON.stringify(['SUCCESS']),
      },
    ]);
    expect(
      (await mirroredVerifications()).map(({ id, merchantUserKey, atMs }) => [id, merchantUserKey, atMs]),
    ).toEqual(['1', '2', '3'].map((id) => [id, `00000${id}`, inSeoul('2024-01-01T00:00:00')]));
  });

  it('are walked to the end where a long history is paged as they are', async () => {
    await harness.become({ ...samplePersonality, auditSeconds: null });
    await harness.facepass.control.run('records/verifications', {
      generate: { count: 777, fromMs: noonMs - hourMs, toMs: noonMs - minuteMs },
    });
    const report = await harness.sync();
    expect(report.streams[1]).toMatchObject({ outcome: 'completed', inserted: 777 });
    expect(await mirroredVerifications()).toEqual(
      await trueVerifications(harness, noonMs - 2 * dayMs, noonMs),
    );
  });
});
