import { type Personality, plainPersonality, type Random } from '@facepass-kit/simulator';
import { dayMs, type Harness, hourMs, minuteMs, secondMs } from './harness.ts';

export function pick<const T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

export function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** A FacePass that reads its guide in one of the many ways it can be read. */
export function randomPersonality(random: Random): Personality {
  return {
    ...plainPersonality,
    hasMore: pick(random, ['more-follow', 'last-page', 'always-true', 'always-false']),
    nextCursor: pick(random, ['while-more', 'always', 'sticky', 'echo']),
    noCursor: pick(random, ['absent', 'null', 'empty']),
    size: pick(random, ['requested', 'count', 'ten']),
    pageOrder: pick(random, ['oldest-first', 'newest-first']),
    orderBy: pick(random, ['id', 'time']),
    startBound: pick(random, ['inclusive', 'exclusive']),
    endBound: pick(random, ['inclusive', 'exclusive']),
    maxPageSize: pick(random, [10, 13, 40, 1_000]),
    overMaxPageSize: pick(random, ['clamp', 'reject']),
    maxRangeSeconds: pick(random, [null, 86_400, 7 * 86_400]),
    timestamps: pick(random, ['guide', 'T', 'blank']),
    subSecond: pick(random, ['none', 'hidden', 'shown']),
    verifyTimeField: pick(random, ['verifyTs', 'verifiedTs', 'both']),
    absentFields: pick(random, ['null', 'absent']),
    unrecognisedUserKey: pick(random, ['absent', 'null']),
    idForm: pick(random, ['sequence', 'beyond-2-53', 'uuid', 'ulid']),
    auditSeconds: null,
    auditChange: pick(random, ['append', 'update', 'update-and-move']),
    unknownFields: random() < 0.3,
    tokenLifetimeSeconds: pick(random, [60, 3_600]),
    tokenReissue: pick(random, ['fresh', 'same', 'fresh-revokes']),
  };
}

/** Some of what happens at a venue until now: visits, a few written late, registrations, audits decided. */
export async function someLife(harness: Harness, random: Random, waiting: string[]): Promise<void> {
  const atMs = (): number =>
    random() < 0.2
      ? harness.nowMs - between(random, 0, 10 * hourMs)
      : harness.nowMs - between(random, 0, 20 * minuteMs);
  const visits = Array.from({ length: between(random, 0, 45) }, () => ({
    atMs: random() < 0.3 ? Math.floor(atMs() / minuteMs) * minuteMs : atMs(),
    merchantUserKey: random() < 0.1 ? null : `member-${between(random, 1, 12)}`,
    status: pick(random, ['SUCCESS', 'FAIL', 'NEW_STATUS']),
    resultCode: pick(random, [null, 'FACE_NOT_FOUND', 'NEW_CODE']),
    params: pick<Record<string, unknown>>(random, [{}, { floor: '10', gate: 'A' }, { 층: 3 }]),
    transactionId: random() < 0.2 ? null : `transaction-${between(random, 1, 1e9)}`,
  }));
  await harness.facepass.control.run('records/verifications', { items: visits });
  const enrolments = Array.from(
    { length: between(random, 0, 4) },
    () => `enrolled-${between(random, 1, 1e9)}`,
  );
  for (const merchantUserKey of enrolments) {
    await harness.facepass.control.run('registrations/enrol', { merchantUserKey, auditStatus: 'WAITING' });
    waiting.push(merchantUserKey);
  }
  harness.nowMs += between(random, 0, 30) * secondMs;
  while (waiting.length > 0 && random() < 0.5) {
    const merchantUserKey = waiting.splice(between(random, 0, waiting.length - 1), 1)[0];
    if (merchantUserKey === undefined) break;
    const auditStatus = pick(random, ['SUCCESS', 'FAILURE', 'CANCELED', 'HOLDING'] as const);
    await harness.facepass.control.run('registrations/audit', { merchantUserKey, auditStatus });
  }
  harness.nowMs += pick(random, [0, secondMs, 4 * minuteMs, hourMs, 7 * hourMs, dayMs]);
}

/** A network and a FacePass that have a bad day: each request may fail in one of the ways that happen. */
export function badDay(
  random: Random,
  rate: number,
  fetch: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (random() >= rate) return await fetch(request);
    switch (between(random, 0, 6)) {
      case 0:
        return new Response('upstream', { status: 500 });
      case 1:
        return new Response(null, {
          status: 429,
          headers: { 'retry-after': String(between(random, 0, 90)) },
        });
      case 2:
        return new Response('<html>maintenance</html>', { status: 200 });
      case 3: {
        const text = await (await fetch(request)).text();
        return new Response(text.slice(0, Math.floor(text.length / 2)), {
          headers: { 'content-type': 'application/json' },
        });
      }
      case 4:
        throw new TypeError('network connection lost');
      case 5:
        return Response.json({}, { status: 401 });
      default:
        return Response.json({
          resultType: 'FAIL',
          success: null,
          error: { errorCode: 'TRY_LATER', reason: '' },
        });
    }
  };
}
