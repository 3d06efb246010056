import { beforeEach, describe, expect, it } from 'vitest';
import { type FaultPlanInput, randomFaults, randomPersonality } from '../src/index.ts';
import { createFacePass, credentials, type FacePass, noonMs, requestToken } from './support/facepass.ts';

const group = {
  deviceGroupName: '1층',
  enableLiveness: true,
  shouldSuccessResultSkip: false,
  shouldFailResultSkip: false,
};
const wholeDay = { startTs: '2026-01-09T00:00:00', endTs: '2026-01-10T00:00:00' };

let facepass: FacePass;
let waits: number[];
let sleep: (ms: number, signal?: AbortSignal) => Promise<void>;

beforeEach(async () => {
  waits = [];
  sleep = async (ms) => void waits.push(ms);
  facepass = await createFacePass({ sleep: (ms, signal) => sleep(ms, signal) });
  // A token is fetched before any fault is planned.
  await facepass.call('merchant/device-group');
});

type Rules = NonNullable<FaultPlanInput['rules']>;

function plan(...rules: Rules): Promise<unknown> {
  return facepass.control.run('merchants/configure', { faults: { seed: 7, rules } });
}

function create(): ReturnType<FacePass['call']> {
  return facepass.call('merchant/create-device-group', group);
}

async function groupCount(): Promise<number> {
  return (await facepass.control.run('truth', {})).deviceGroups.length;
}

/** An answer that need not be JSON. */
async function raw(signal?: AbortSignal): Promise<{ status: number; headers: Headers; text: string }> {
  const { tokens } = facepass.world;
  const [token] = tokens.values();
  const request = new Request('http://facepass.test/api/v1/merchant/create-device-group', {
    method: 'POST',
    headers: { authorization: `Bearer ${token?.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(group),
    ...(signal && { signal }),
  });
  const response = await facepass.fetch(request);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('a rule', () => {
  it('strikes the calls it names, at the endpoints it names', async () => {
    const fault = { kind: 'server-error' } as const;
    await plan({ fault, endpoints: ['create-device-group'], calls: [1, 3] });
    await facepass.call('merchant/device-group');
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await create()).status);
    expect(statuses).toEqual([500, 200, 500, 200]);
  });

  it('is spent after so many strikes, and the next rule follows', async () => {
    await plan({ fault: { kind: 'server-error' }, times: 2 }, { fault: { kind: 'rate-limited' }, times: 1 });
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await create()).status);
    expect(statuses).toEqual([500, 500, 429, 200]);
  });

  it('strikes the same requests again under the same seed, about as often as it says', async () => {
    const run = async () => {
      await plan({ fault: { kind: 'rate-limited' }, probability: 0.3 });
      const statuses = [];
      for (let i = 0; i < 300; i += 1) statuses.push((await facepass.call('merchant/device-group')).status);
      return statuses;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    const struck = first.filter((status) => status === 429).length;
    expect(struck).toBeGreaterThan(60);
    expect(struck).toBeLessThan(120);
  });

  it('leaves other merchants alone', async () => {
    const other = { clientId: 'client-b', clientSecret: 'secret-b' };
    await facepass.control.run('merchants/create', other);
    await facepass.control.run('merchants/configure', {
      clientId: credentials.clientId,
      faults: { rules: [{ fault: { kind: 'server-error' } }] },
    });
    await expect(create()).resolves.toMatchObject({ status: 500 });
    await expect(facepass.call('merchant/device-group', undefined, other)).resolves.toMatchObject({
      status: 200,
    });
  });
});

describe('faults of the answer', () => {
  it('say when to come back, in seconds, as a date, or not at all', async () => {
    const rateLimited = { kind: 'rate-limited' } as const;
    await plan(
      { fault: rateLimited, calls: [1] },
      { fault: { ...rateLimited, retryAfterSeconds: 5 }, calls: [2] },
      { fault: { ...rateLimited, retryAfterSeconds: 5, retryAfterForm: 'http-date' }, calls: [3] },
    );
    const answers = [await create(), await create(), await create()];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429]);
    const dates = [null, '5', new Date(noonMs + 5000).toUTCString()];
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(dates);
    await expect(groupCount()).resolves.toBe(0);
  });

  it('lose an answer before or after the work is done', async () => {
    await plan(
      { fault: { kind: 'server-error', body: 'html', status: 503 }, calls: [1] },
      { fault: { kind: 'server-error', body: 'empty', applied: true }, calls: [2] },
    );
    await expect(raw()).resolves.toMatchObject({ status: 503, text: expect.stringContaining('<html>') });
    await expect(groupCount()).resolves.toBe(0);
    await expect(raw()).resolves.toMatchObject({ status: 500, text: '' });
    await expect(groupCount()).resolves.toBe(1);
  });

  it.each([
    [{ kind: 'not-json' }, (text: string) => text.startsWith('<!doctype html>')],
    [{ kind: 'wrong-shape' }, (text: string) => !('resultType' in JSON.parse(text))],
    [
      { kind: 'oversized', bytes: 5000 },
      (text: string) => text.length > 5000 && 'resultType' in JSON.parse(text),
    ],
    [{ kind: 'truncated-json' }, (text: string) => /^\{"resultType":"SUCCESS".*[^}]$/.test(text)],
  ] as const)('spoil the text of a 200: %j', async (fault, fits) => {
    await plan({ fault });
    const { status, text } = await raw();
    expect({ status, fits: fits(text) }).toEqual({ status: 200, fits: true });
    await expect(groupCount()).resolves.toBe(1);
  });

  it('refuse inside a 200 with any code', async () => {
    await plan({ fault: { kind: 'fail', errorCode: 'SOMETHING_NEW', reason: '이유' } });
    const { status, body } = await create();
    expect(status).toBe(200);
    expect(body).toEqual({
      resultType: 'FAIL',
      success: null,
      error: { errorCode: 'SOMETHING_NEW', reason: '이유' },
    });
    await expect(groupCount()).resolves.toBe(0);
  });

  it('end a token for good', async () => {
    await plan({ fault: { kind: 'expired-token' }, times: 1 });
    await expect(create()).resolves.toMatchObject({ status: 401 });
    await expect(create()).resolves.toMatchObject({ status: 401 });
    await expect(groupCount()).resolves.toBe(0);
  });

  it('reach the token endpoint, where they make sense', async () => {
    await plan(
      { fault: { kind: 'fail', errorCode: 'X' } },
      { fault: { kind: 'server-error' }, endpoints: ['token'] },
    );
    const form = { grant_type: 'client_credentials', client_id: credentials.clientId };
    const response = await requestToken(facepass, { ...form, client_secret: credentials.clientSecret });
    expect(response.status).toBe(500);
  });
});

describe('faults of the connection, for a caller in this process', () => {
  it('break it before the headers, with the work done or not', async () => {
    await plan(
      { fault: { kind: 'reset' }, calls: [1] },
      { fault: { kind: 'reset', applied: true }, calls: [2] },
    );
    for (const expected of [0, 1]) {
      await expect(raw()).rejects.toMatchObject({ name: 'TypeError', cause: { code: 'ECONNRESET' } });
      await expect(groupCount()).resolves.toBe(expected);
    }
  });

  it('break it in the middle of the body', async () => {
    await plan({ fault: { kind: 'reset', when: 'mid-body', applied: true } });
    await expect(raw()).rejects.toThrow('fetch failed');
    await expect(groupCount()).resolves.toBe(1);
  });

  it.each(['slow-headers', 'slow-body'] as const)('make a caller wait: %s', async (kind) => {
    await plan({ fault: { kind, delayMs: 1234 } });
    const { status, text } = await raw();
    expect([status, Object(JSON.parse(text)).resultType]).toEqual([200, 'SUCCESS']);
    expect(waits).toEqual([1234]);
  });

  it.each(['slow-headers', 'slow-body'] as const)('let an impatient caller go: %s', async (kind) => {
    const patience = new AbortController();
    sleep = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        patience.abort(new Error('no patience left'));
      });
    await plan({ fault: { kind, delayMs: 1234 } });
    await expect(raw(patience.signal)).rejects.toThrow('no patience left');
  });
});

describe('faults of the records', () => {
  beforeEach(async () => {
    const items = [1, 2, 3].map((hour) => ({ atMs: noonMs - hour * 3_600_000, merchantUserKey: `m${hour}` }));
    await facepass.control.run('records/verifications', { items });
    await facepass.control.run('records/registrations', { items });
  });

  async function page(query: object = {}) {
    const { success } = await facepass.call('merchant/face-verify-history', { ...wholeDay, ...query });
    const ids: string[] = Object(success['items']).map((item: { id: string }) => item.id);
    return { ids, nextCursor: success['nextCursor'] };
  }

  it('repeat items in a page', async () => {
    await plan({ fault: { kind: 'duplicate-items' } });
    expect((await page()).ids).toEqual(['1', '1', '2', '3', '3']);
  });

  it('put empty pages before a page, each with a cursor of its own that leads on', async () => {
    await plan({ fault: { kind: 'empty-page' }, calls: [2, 3] });
    const first = await page({ size: 2 });
    const pages = [first];
    for (let i = 0; i < 3; i += 1) pages.push(await page({ size: 2, nextCursor: pages.at(-1)?.nextCursor }));
    expect(pages.map(({ ids }) => ids)).toEqual([['1', '2'], [], [], ['3']]);
    expect(new Set(pages.map(({ nextCursor }) => nextCursor)).size).toBe(4);
  });

  it('put an empty page before the very first', async () => {
    await plan({ fault: { kind: 'empty-page' }, calls: [1] });
    const empty = await page();
    expect(empty.ids).toEqual([]);
    expect((await page({ nextCursor: empty.nextCursor })).ids).toEqual(['1', '2', '3']);
  });

  it.each([
    ['no-id', [undefined, '2', undefined]],
    ['bad-time', ['1', '2', '3']],
    ['not-an-object', [undefined, '2', undefined]],
  ] as const)('make records unreadable: %s', async (flaw, expected) => {
    await plan({ fault: { kind: 'malformed-items', flaw } });
    const { success } = await facepass.call('merchant/face-verify-history', wholeDay);
    const items: unknown[] = Object(success['items']);
    expect(items.map((item) => Object(item).id)).toEqual(expected);
    const times = items.map((item) => Number.isNaN(Date.parse(Object(item).verifyTs)));
    expect(times).toEqual(
      flaw === 'bad-time' ? [true, false, true] : [flaw === 'not-an-object', false, flaw === 'not-an-object'],
    );
  });

  it('let records appear late, after the page that should have had them', async () => {
    await plan({ fault: { kind: 'late-records', count: 2, ageSeconds: 7200 }, calls: [1] });
    expect((await page()).ids).toEqual(['1', '2', '3']);
    expect((await page()).ids).toEqual(['1', '2', '3', '4', '5']);
    const { verifications } = await facepass.control.run('truth', {});
    expect(verifications.filter(({ id }) => id > '3').map(({ atMs }) => atMs)).toEqual([
      noonMs - 7_200_000,
      noonMs - 7_200_000,
    ]);
  });

  it('change the status of a record that was just read', async () => {
    await plan({ fault: { kind: 'status-change', auditStatus: 'HOLDING' }, calls: [1] });
    const statuses = async () => {
      const { success } = await facepass.call('merchant/face-register-history', wholeDay);
      return Object(success['items'])
        .map((item: { auditStatus: string }) => item.auditStatus)
        .sort();
    };
    await expect(statuses()).resolves.toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    await expect(statuses()).resolves.toEqual(['HOLDING', 'SUCCESS', 'SUCCESS']);
  });
});

describe('the request log', () => {
  it('tells what was asked, whether it was done, and by which fault its answer was lost', async () => {
    await plan(
      { fault: { kind: 'reset', applied: true }, calls: [1] },
      { fault: { kind: 'reset' }, calls: [2] },
    );
    await raw().catch(() => {});
    await raw().catch(() => {});
    const { headers } = await create();
    const { requests } = await facepass.control.run('requests', {});
    expect(requests.at(-1)?.requestId).toBe(headers.get('x-request-id'));
    const notes = requests.filter(({ endpoint }) => endpoint === 'create-device-group');
    expect(notes.map(({ applied, fault, subject }) => [applied, fault, subject])).toEqual([
      [true, 'reset', '1층'],
      [false, 'reset', null],
      [true, null, '1층'],
    ]);
  });
});

describe('drawing lots', () => {
  it('gives the same vendor and the same bad day for the same seed', () => {
    expect(randomPersonality(3)).toEqual(randomPersonality(3));
    expect(randomFaults(3)).toEqual(randomFaults(3));
  });

  it('reaches every value of a question, and every fault that a client can get over', () => {
    const seeds = Array.from({ length: 300 }, (_, seed) => seed);
    const hasMore = new Set(seeds.map((seed) => randomPersonality(seed).hasMore));
    const kinds = new Set(seeds.flatMap((seed) => randomFaults(seed).rules?.map(({ fault }) => fault.kind)));
    expect([hasMore.size, kinds.size]).toEqual([4, 14]);
  });

  it('draws only what the control API takes', async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const change = { personality: randomPersonality(seed), faults: randomFaults(seed) };
      await expect(facepass.control.run('merchants/configure', change)).resolves.toBeDefined();
    }
  });
});
