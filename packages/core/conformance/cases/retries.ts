import {
  FacePassAbortedError,
  FacePassApiError,
  FacePassConnectionError,
  FacePassError,
  FacePassHttpError,
  FacePassTimeoutError,
} from '../../src/client.ts';
import type { EndpointName } from '../../src/contract.ts';
import { fifteenCalls, person } from '../fifteen-calls.ts';
import { assert, assertEqual, group, rejection } from '../portable-case.ts';
import {
  type Answer,
  cutOff,
  failure,
  hang,
  refuse,
  reset,
  scriptedWorld,
  success,
  type WorldOptions,
} from '../scripted-facepass.ts';
import { keyed, vendorKey } from '../test-keys.ts';

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response('<html>busy</html>', { status: code, headers });

// Made anew for each case: a Worker makes no answers before it is asked something.

/** Failures that may have been seen by FacePass, or that it answered with. */
const passing = (): Readonly<Record<string, Answer>> => ({
  'a reset connection': reset,
  'a timeout': hang,
  'HTTP 408': status(408),
  'HTTP 409': status(409),
  'HTTP 429': status(429),
  'HTTP 500': status(500),
  'HTTP 502': status(502),
  'HTTP 503': status(503),
  'truncated JSON': new Response('{"resultType":"SUCC'),
  'a body cut off': () => cutOff('{"resultType":"SUCC'),
  'a page of HTML': new Response('<html>welcome</html>'),
});

const lasting = (): Readonly<Record<string, Answer>> => ({
  'a refusal': failure('DUPLICATED_USERKEY'),
  'HTTP 400': status(400),
  'HTTP 403': status(403),
  'HTTP 404': status(404),
  'HTTP 501': status(501),
  'a redirect': status(302, { location: 'https://elsewhere.test/' }),
});

const lists: readonly EndpointName[] = ['registrationHistory', 'verificationHistory', 'deviceGroups'];
/** Failures that no way of asking brings about. */
const notOfTheRequest = ['a reset connection', 'HTTP 408', 'HTTP 409', 'HTTP 429'];

/** The table of the reference, said once more: these three must not happen twice. */
const onceOnly: readonly EndpointName[] = ['prepare', 'initDevice', 'createDeviceGroup'];

/** How often FacePass saw the call (its public key left out) before it failed. */
async function attemptsOf(name: EndpointName, answer: Answer, options: WorldOptions = {}): Promise<number> {
  const call = fifteenCalls.find((one) => one.name === name);
  assert(call !== undefined, `a call of ${name}`);
  const { client, asked } = scriptedWorld([name === 'rsaPublicKey' ? answer : keyed([answer])], options);
  await rejection(FacePassError, () => call.run(client));
  return asked.length - (call.seals && name !== 'rsaPublicKey' ? 1 : 0);
}

const readStatus = (answers: readonly Answer[], options: WorldOptions = {}) => {
  const world = scriptedWorld(answers, options);
  return { ...world, call: () => world.client.registrations.status('000001') };
};
const registered: Answer = () => success({ registered: true });

export const retryCases = [
  ...group('retries by safety', {
    async 'reads and idempotent writes are repeated twice after any passing failure, the others never'() {
      for (const { name } of fifteenCalls) {
        for (const [what, answer] of Object.entries(passing())) {
          // A list asks as mildly as it can before it gives up on a server that fails: it may fail on the size or the range.
          const mildly = lists.includes(name) && !notOfTheRequest.includes(what) ? 3 : 0;
          const expected = onceOnly.includes(name) ? 1 : 3 + mildly;
          assertEqual(await attemptsOf(name, answer), expected, `${name} after ${what}`);
        }
      }
    },

    async 'every call is repeated when it surely never arrived'() {
      for (const { name, seals } of fifteenCalls) {
        // Where a key is fetched first, that is what does not arrive.
        assertEqual(await attemptsOf(name, refuse), 3, `${name}${seals ? ' after its key' : ''}`);
      }
    },

    async 'nothing is repeated after an answer that will stay the same'() {
      for (const { name } of fifteenCalls) {
        for (const [what, answer] of Object.entries(lasting())) {
          // A list asks once more, as mildly as it can: it may have been its size or its range that was refused.
          const expected = lists.includes(name) && ['a refusal', 'HTTP 400'].includes(what) ? 2 : 1;
          assertEqual(await attemptsOf(name, answer), expected, `${name} after ${what}`);
        }
      }
    },

    async 'a device disconnected by name is not disconnected twice'() {
      const { client, asked } = scriptedWorld([reset]);
      const byName = () => client.devices.deactivate({ groupId: 'g', deviceName: 'IPAD' });
      await rejection(FacePassConnectionError, byName);
      assertEqual(asked.length, 1);
    },

    async 'a caller may allow a write to be repeated after it was refused, or always'() {
      const refused: WorldOptions = { repeatWrites: 'refused' };
      assertEqual(await attemptsOf('createDeviceGroup', status(429), refused), 3);
      assertEqual(await attemptsOf('createDeviceGroup', status(503, { 'retry-after': '1' }), refused), 3);
      assertEqual(await attemptsOf('createDeviceGroup', status(503), refused), 1);
      assertEqual(await attemptsOf('createDeviceGroup', reset, refused), 1);
      assertEqual(await attemptsOf('createDeviceGroup', reset, { repeatWrites: 'always' }), 3);
    },

    async 'one call may allow it for itself'() {
      const { client, asked } = scriptedWorld([reset, success({ completed: true, groupId: 'g' })]);
      const settings = { enableLiveness: true, shouldSuccessResultSkip: true, shouldFailResultSkip: true };
      const group = { deviceGroupName: '1층', ...settings };
      await client.deviceGroups.create(group, { repeatWrites: 'always' });
      assertEqual(asked.length, 2);
    },

    async 'error codes named by the caller are worth another try'() {
      const options: WorldOptions = { retryableErrorCodes: ['BUSY'] };
      assertEqual(await attemptsOf('registrationStatus', failure('BUSY'), options), 3);
      assertEqual(await attemptsOf('registrationStatus', failure('OTHER'), options), 1);
      assertEqual(await attemptsOf('prepare', failure('BUSY'), options), 1);
      assertEqual(await attemptsOf('prepare', failure('BUSY'), { ...options, repeatWrites: 'refused' }), 3);
    },

    async 'a repetition sends the same bytes'() {
      const { client, asked } = scriptedWorld([keyed([reset, success({ completed: true, token: 't' })])]);
      await client.registrations.prepare(person, { repeatWrites: 'always' });
      assertEqual(asked[1]?.text, asked[2]?.text);
      assert(asked.length === 3, 'a key and two attempts');
    },

    async 'the number of retries is an option, none included'() {
      assertEqual(await attemptsOf('registrationStatus', reset, { maxRetries: 0 }), 1);
      assertEqual(await attemptsOf('registrationStatus', reset, { maxRetries: 5 }), 6);
    },
  }),

  ...group('waits between attempts', {
    async 'they double from half a second to eight, with full jitter'() {
      const half = readStatus([reset], { maxRetries: 7, random: () => 0.5 });
      await rejection(FacePassConnectionError, half.call);
      assertEqual(half.clock.waits, [250, 500, 1000, 2000, 4000, 4000, 4000]);
      const least = readStatus([reset], { maxRetries: 3, random: () => 0 });
      await rejection(FacePassConnectionError, least.call);
      assertEqual(least.clock.waits, [0, 0, 0]);
    },

    async 'Retry-After is heeded, in seconds and as a date'() {
      const seconds = readStatus([status(429, { 'retry-after': '7' }), registered]);
      await seconds.call();
      assertEqual(seconds.clock.waits, [7000]);
      const atDate = readStatus([
        (_asked, clock) => status(503, { 'retry-after': new Date(clock.now() + 9000).toUTCString() }),
        registered,
      ]);
      await atDate.call();
      assertEqual(atDate.clock.waits, [9000]);
    },

    async 'a date gone by and a value that is neither are no reason to wait or to fail'() {
      const past = readStatus([status(503, { 'retry-after': new Date(0).toUTCString() }), registered]);
      await past.call();
      assertEqual(past.clock.waits, [0]);
      const nonsense = readStatus([status(503, { 'retry-after': 'soon' }), registered]);
      await nonsense.call();
      assertEqual(nonsense.clock.waits, [250]);
    },

    async 'a value that only an engine takes for a date is none'() {
      for (const value of ['-5', '5,5', 'soon 12', '30 seconds']) {
        const { call, clock } = readStatus([status(503, { 'retry-after': value }), registered]);
        await call();
        assertEqual(clock.waits, [250], value);
      }
    },

    async 'a date in the form that names no zone is GMT as well'() {
      const { call, clock } = readStatus([
        status(503, { 'retry-after': 'Mon Jan  5 00:00:09 2026' }),
        registered,
      ]);
      await call();
      assertEqual(clock.waits, [9000]);
    },

    async 'a Retry-After beyond a minute is handed to the caller instead'() {
      const { call, clock } = readStatus([status(429, { 'retry-after': '61' })], { deadlineMs: 600_000 });
      const error = await rejection(FacePassHttpError, call);
      assertEqual([error.status, error.retryAfterMs, clock.waits], [429, 61_000, []]);
    },

    async 'a wait that would pass the deadline is not begun'() {
      const { call, clock } = readStatus([status(503, { 'retry-after': '30' })], { deadlineMs: 20_000 });
      const error = await rejection(FacePassHttpError, call);
      assertEqual([error.status, clock.waits], [503, []]);
    },
  }),

  ...group('time limits', {
    async 'a server that never answers costs the deadline and no more'() {
      const { call, clock } = readStatus([hang], { timeoutMs: 4000, deadlineMs: 10_000, maxRetries: 9 });
      const began = clock.now();
      const error = await rejection(FacePassTimeoutError, call);
      assertEqual([error.limit, error.timeoutMs], ['deadline', 10_000]);
      assertEqual(clock.now() - began, 10_000);
    },

    async 'an attempt ends at its timeout, and the next one may succeed'() {
      const { call, clock, asked } = readStatus([hang, registered], { timeoutMs: 4000 });
      const began = clock.now();
      await call();
      assertEqual([clock.now() - began, asked.length], [4250, 2]);
      assert(asked[0]?.signal.aborted === true, 'the attempt given up to be aborted');
    },

    async 'the timeout covers the body, not only the headers'() {
      const slowBody: Answer = ({ signal }, clock) =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              controller.enqueue(new TextEncoder().encode('{'));
              await clock.work(3000, signal);
            },
          }),
        );
      const { call } = readStatus([slowBody], { timeoutMs: 10_000, maxRetries: 0 });
      const error = await rejection(FacePassTimeoutError, call);
      assertEqual([error.limit, error.timeoutMs], ['attempt', 10_000]);
    },

    async 'the deadline covers the token too'() {
      const { call, clock, asked } = readStatus([registered], { deadlineMs: 5000, tokens: [hang] });
      const began = clock.now();
      await rejection(FacePassTimeoutError, call);
      assertEqual([clock.now() - began, asked.length], [5000, 0]);
    },

    async 'the deadline covers a call that is made of several, such as prepare and the key before it'() {
      const slowKey: Answer = async ({ signal }, clock) => {
        await clock.work(3000, signal);
        const { publicKeySpkiBase64 } = await vendorKey();
        return success({ rsaKey: publicKeySpkiBase64 });
      };
      const { client, clock } = scriptedWorld([slowKey, hang]);
      const began = clock.now();
      const error = await rejection(FacePassTimeoutError, () =>
        client.registrations.prepare(person, { deadlineMs: 5000 }),
      );
      assertEqual([error.limit, clock.now() - began], ['deadline', 5000]);
    },

    async 'a fetch that heeds no signal is left behind'() {
      const deaf: Answer = (_asked, clock) => clock.hang(new AbortController().signal);
      const { call } = readStatus([deaf], { timeoutMs: 1000, maxRetries: 0 });
      await rejection(FacePassTimeoutError, call);
    },

    async 'one call may have limits of its own'() {
      const world = scriptedWorld([hang]);
      const began = world.clock.now();
      await rejection(FacePassTimeoutError, () =>
        world.client.registrations.status('000001', { timeoutMs: 50, maxRetries: 0 }),
      );
      assertEqual(world.clock.now() - began, 50);
    },
  }),

  ...group('abort', {
    async 'a signal that has fired sends nothing'() {
      for (const { run } of fifteenCalls) {
        const world = scriptedWorld([keyed([registered])]);
        const error = await rejection(FacePassAbortedError, () =>
          run(world.client, { signal: AbortSignal.abort() }),
        );
        assertEqual([error.name, error.code, world.asked.length], ['AbortError', 'aborted', 0]);
      }
    },

    async 'it ends a call that is under way, and nothing is tried again'() {
      const stop = new AbortController();
      const answer: Answer = (asked, clock) => {
        stop.abort(new Error('the caller’s own reason'));
        return clock.hang(asked.signal);
      };
      const world = scriptedWorld([answer]);
      await rejection(FacePassAbortedError, () =>
        world.client.registrations.status('000001', { signal: stop.signal }),
      );
      assertEqual([world.asked.length, world.clock.waits], [1, []]);
      assert(world.asked[0]?.signal.aborted === true, 'the request to be aborted as well');
    },

    async 'it ends a wait between attempts'() {
      const stop = new AbortController();
      const world = scriptedWorld([status(503, { 'retry-after': '30' })], {
        onEvent: ({ type }) => {
          if (type === 'retry_scheduled') stop.abort();
        },
      });
      await rejection(FacePassAbortedError, () =>
        world.client.registrations.status('000001', { signal: stop.signal }),
      );
      assertEqual(world.asked.length, 1);
    },

    async 'it ends the caller’s wait for a token, and not the token others wait for'() {
      const stop = new AbortController();
      const token: Answer = async (_asked, clock) => {
        stop.abort();
        await clock.work(100);
        return Response.json({ access_token: 'shared', expires_in: 3600 });
      };
      const world = scriptedWorld([registered], { tokens: [token] });
      const aborted = world.client.registrations.status('000001', { signal: stop.signal });
      const patient = world.client.registrations.status('000002');
      await rejection(FacePassAbortedError, () => aborted);
      await patient;
      assertEqual([world.tokenRequests.length, world.asked.length], [1, 1]);
    },

    async 'it ends a list between pages'() {
      const stop = new AbortController();
      const rows = { items: [{ groupId: 'g1' }], hasMore: true, size: 1, nextCursor: 'g1' };
      const world = scriptedWorld([success(rows)]);
      await rejection(FacePassAbortedError, async () => {
        for await (const _group of world.client.deviceGroups.list({ signal: stop.signal })) stop.abort();
      });
      assertEqual(world.asked.length, 1);
    },
  }),

  ...group('classification', {
    async 'a refusal inside a 200 is an error with code and reason before any retry is thought of'() {
      const { call, asked } = readStatus([failure('DUPLICATED_USERKEY', 'userKey 중복')]);
      const error = await rejection(FacePassApiError, call);
      assertEqual([error.errorCode, error.reason, error.attempts], ['DUPLICATED_USERKEY', 'userKey 중복', 1]);
      assertEqual(error.endpoint, 'POST /api/v1/merchant/face-register-exist');
      assertEqual(asked.length, 1);
    },

    async 'a fault names its status and the code of its body, and nothing else of it'() {
      const body = { resultType: 'FAIL', success: null, error: { errorCode: 'BAD_IV', reason: '홍길동' } };
      const { call } = readStatus([Response.json(body, { status: 400, headers: { 'x-request-id': 'r-1' } })]);
      const error = await rejection(FacePassHttpError, call);
      assertEqual([error.status, error.errorCode, error.requestId], [400, 'BAD_IV', 'r-1']);
      assert(!JSON.stringify(error).includes('홍길동'), 'no content of the answer');
    },

    async 'a connection error says whether FacePass may have seen the request'() {
      const never = await rejection(FacePassConnectionError, readStatus([refuse], { maxRetries: 0 }).call);
      assertEqual([never.reached, never.systemCode], ['no', 'ECONNREFUSED']);
      const maybe = await rejection(FacePassConnectionError, readStatus([reset], { maxRetries: 0 }).call);
      assertEqual([maybe.reached, maybe.systemCode], ['unknown', 'ECONNRESET']);
    },

    async 'each runtime’s way of saying it is understood'() {
      const withCode = (code: string, cause?: unknown) =>
        Object.assign(new TypeError('fetch failed', { cause }), { code });
      const inDeno = (detail: string) => {
        const message = `error sending request for url (https://facepass.test/): ${detail}`;
        return new TypeError('fetch failed', { cause: new Error(message) });
      };
      const said: readonly [unknown, 'no' | 'unknown'][] = [
        [withCode('ENOTFOUND'), 'no'],
        [new TypeError('fetch failed', { cause: withCode('UND_ERR_CONNECT_TIMEOUT') }), 'no'],
        [new TypeError('fetch failed', { cause: withCode('UND_ERR_SOCKET') }), 'unknown'],
        [inDeno('client error (Connect): tcp connect error: Connection refused (os error 111)'), 'no'],
        [inDeno('client error (Connect): dns error: failed to lookup address information'), 'no'],
        [inDeno('client error (SendRequest): connection closed before message completed'), 'unknown'],
        [
          new TypeError('fetch failed', { cause: new Error('Connection reset by peer (os error 104)') }),
          'unknown',
        ],
        [withCode('ConnectionRefused'), 'no'],
        [new Error('Network connection lost.'), 'unknown'],
        ['a text', 'unknown'],
        [undefined, 'unknown'],
      ];
      for (const [thrown, reached] of said) {
        const answer = () => Promise.reject(thrown);
        const error = await rejection(FacePassConnectionError, readStatus([answer], { maxRetries: 0 }).call);
        assertEqual(error.reached, reached, String(thrown));
      }
    },

    async 'of several addresses tried, all must have refused'() {
      const inner = (code: string) => Object.assign(new Error('x'), { code });
      const failWith = (codes: readonly string[]) => (): never => {
        throw new TypeError('fetch failed', { cause: new AggregateError(codes.map(inner)) });
      };
      const both = readStatus([failWith(['ECONNREFUSED', 'ENETUNREACH'])], { maxRetries: 0 });
      assertEqual((await rejection(FacePassConnectionError, both.call)).reached, 'no');
      const one = readStatus([failWith(['ECONNREFUSED', 'ETIMEDOUT'])], { maxRetries: 0 });
      assertEqual((await rejection(FacePassConnectionError, one.call)).reached, 'unknown');
    },
  }),
];
