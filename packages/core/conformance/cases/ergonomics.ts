import * as z from 'zod';
import {
  createFacePassClient,
  FacePassApiError,
  type FacePassClientOptions,
  FacePassConnectionError,
  FacePassOptionError,
  FacePassRequestError,
  FacePassTimeoutError,
  type Logger,
  type Middleware,
} from '../../src/client.ts';
import { person } from '../fifteen-calls.ts';
import { assert, assertEqual, group, rejection } from '../portable-case.ts';
import { type Answer, failure, hang, refuse, reset, scriptedWorld, success } from '../scripted-facepass.ts';

const registered: Answer = () => success({ registered: true });
const slowly =
  (ms: number, answer: Answer): Answer =>
  async (asked, clock) => {
    await clock.work(ms);
    return answer instanceof Response ? answer.clone() : answer(asked, clock);
  };

export const ergonomicsCases = [
  ...group('responses', {
    async 'withResponse gives status, headers, request id, attempts and timings beside the data'() {
      const last: Answer = () =>
        Response.json(
          { resultType: 'SUCCESS', success: { registered: true } },
          { headers: { 'x-request-id': 'req-42', 'x-region': 'kr' } },
        );
      const token = slowly(30, () => Response.json({ access_token: 't', expires_in: 60 }));
      const world = scriptedWorld([slowly(200, reset), slowly(120, last)], { tokens: [token] });
      const { data, response } = await world.client.registrations.status('000001').withResponse();
      assertEqual(data, { registered: true });
      assertEqual([response.status, response.requestId, response.attempts], [200, 'req-42', 2]);
      assertEqual(response.headers.get('x-region'), 'kr');
      assertEqual(response.timings, { totalMs: 600, tokenMs: 30, waitMs: 250, attemptsMs: [200, 120] });
    },

    async 'a failure is caught once, wherever it is awaited'() {
      const { client } = scriptedWorld([failure('NO')]);
      await rejection(FacePassApiError, () => client.registrations.status('000001'));
      await rejection(FacePassApiError, () => client.registrations.status('000001').withResponse());
    },

    async 'a header that is no request id is not taken for one'() {
      const odd: Answer = () =>
        Response.json(
          { resultType: 'SUCCESS', success: { registered: true } },
          { headers: { 'x-request-id': 'user 01012341234', 'cf-ray': '8a1-ICN' } },
        );
      const { client } = scriptedWorld([odd]);
      assertEqual((await client.registrations.status('1').withResponse()).response.requestId, '8a1-ICN');
    },
  }),

  ...group('options', {
    async 'withOptions changes settings and keeps token and public key'() {
      const world = scriptedWorld([hang]);
      const hasty = world.client.withOptions({ timeoutMs: 100, maxRetries: 0 });
      const error = await rejection(FacePassTimeoutError, () => hasty.registrations.status('1'));
      assertEqual(error.timeoutMs, 100);
      await rejection(FacePassTimeoutError, () => world.client.registrations.status('1', { maxRetries: 0 }));
      assertEqual(world.tokenRequests.length, 1);
    },

    async 'headers of client, withOptions and call are added up, and cannot replace the token'() {
      const world = scriptedWorld([registered], { headers: { 'x-a': '1', authorization: 'Basic hush' } });
      const headers = { 'x-c': '3', 'x-a': '9' };
      await world.client.withOptions({ headers: { 'x-b': '2' } }).registrations.status('1', { headers });
      const sent = world.asked[0]?.headers;
      const names = ['x-a', 'x-b', 'x-c', 'authorization'];
      assertEqual(
        names.map((name) => sent?.get(name)),
        ['9', '2', '3', 'Bearer token-1'],
      );
    },

    async 'an option that says undefined says nothing'() {
      const world = scriptedWorld([reset], { maxRetries: undefined });
      await rejection(FacePassConnectionError, () =>
        world.client.registrations.status('1', { maxRetries: undefined }),
      );
      assertEqual(world.asked.length, 3);
    },

    async 'those that cannot work are refused at once, by name'() {
      const good = { clientId: 'a', clientSecret: 'b' };
      const bad: readonly [Partial<FacePassClientOptions>, string][] = [
        [{ clientId: '' }, 'clientId'],
        [{ clientSecret: '' }, 'clientSecret'],
        [{ baseUrl: 'facepass.toss.im' }, 'baseUrl'],
        [{ baseUrl: 'file:///etc' }, 'baseUrl'],
        [{ tokenUrl: 'nowhere' }, 'tokenUrl'],
        [{ timeZone: 'Asia/Soul' }, 'timeZone'],
        [{ timeoutMs: 0 }, 'timeoutMs'],
        [{ deadlineMs: Number.NaN }, 'deadlineMs'],
        [{ maxRetries: 1.5 }, 'maxRetries'],
        [{ maxRequestsPerSecond: -1 }, 'maxRequestsPerSecond'],
      ];
      for (const [options, name] of bad) {
        const error = await rejection(FacePassOptionError, () =>
          createFacePassClient({ ...good, ...options }),
        );
        assertEqual([error.option, error.code], [name, 'invalid_option']);
      }
    },

    async 'a base URL may have a path of its own, as behind a proxy'() {
      const world = scriptedWorld([registered], { baseUrl: 'https://proxy.test/facepass/' });
      await world.client.registrations.status('1');
      assertEqual(world.asked[0]?.path, '/facepass/api/v1/merchant/face-register-exist');
    },

    async 'requests that break a limit of the guide are not sent, and the error names field and rule, not value'() {
      const { client, asked } = scriptedWorld([registered]);
      const broken = () =>
        client.registrations.prepare({
          ...person,
          name: '홍'.repeat(17),
          phoneNumber: '010-1234',
          birthDate: '20',
        });
      const error = await rejection(FacePassRequestError, broken);
      assertEqual(error.issues, [
        { path: 'name', problem: 'must be at most 50 bytes in UTF-8' },
        { path: 'birthDate', problem: 'must be 8 digits, yyyyMMdd' },
        { path: 'phoneNumber', problem: 'must be 10 or 11 digits' },
      ]);
      assert(!`${error.stack}${JSON.stringify(error)}`.includes('홍'), 'no name in the error');
      const { phoneNumber: _phone, birthDate: _birth, ...bare } = person;
      await rejection(FacePassRequestError, () => client.registrations.prepare({ ...bare, ci: 'c' }));
      await rejection(FacePassRequestError, () => client.registrations.prepare({ ...bare, email: 'a@b.kr' }));
      await rejection(FacePassRequestError, () => client.devices.deactivate({ groupId: 'g' }));
      await rejection(FacePassRequestError, () => client.registrations.status(''));
      assertEqual(asked.length, 0);
    },
  }),

  ...group('middleware', {
    async 'wraps every attempt, the first outermost, and sees which it is'() {
      const log: string[] = [];
      const named =
        (name: string): Middleware =>
        async (request, next, { endpoint, attempt }) => {
          log.push(`${name} ${attempt} ${endpoint.split('/').at(-1)}`);
          const response = await next(request);
          log.push(`${name} ${response.status}`);
          return response;
        };
      const world = scriptedWorld([() => new Response(null, { status: 503 }), registered], {
        middleware: [named('outer')],
      });
      await world.client.use(named('inner')).registrations.status('1');
      const attempt = (n: number, status: number) => [
        `outer ${n} face-register-exist`,
        `inner ${n} face-register-exist`,
        `inner ${status}`,
        `outer ${status}`,
      ];
      assertEqual(log, [...attempt(1, 503), ...attempt(2, 200)]);
    },

    async 'may change the request and answer by itself'() {
      const world = scriptedWorld([registered]);
      const stamped = world.client.use(async (request, next) => {
        const changed = new Request(request, {
          headers: { ...Object.fromEntries(request.headers), 'x-own': 'yes' },
        });
        return next(changed);
      });
      await stamped.registrations.status('1');
      assertEqual(world.asked[0]?.headers.get('x-own'), 'yes');
      const offline = world.client.use(async () => success({ registered: false }));
      assertEqual((await offline.registrations.status('1')).registered, false);
      assertEqual(world.asked.length, 1);
    },

    async 'what it throws ends the call as it is, without a retry'() {
      const world = scriptedWorld([registered]);
      const own = new RangeError('my own bug');
      const client = world.client.use(async () => {
        throw own;
      });
      assert(
        (await rejection(RangeError, () => client.registrations.status('1'))) === own,
        'the very same error',
      );
      assertEqual(world.clock.waits, []);
      const last = world.events.at(-1);
      assertEqual(last?.type === 'call_finished' && last.error, 'unknown_error');
    },

    async 'a failed connection reaches it as the client’s own error'() {
      const seen: string[] = [];
      const world = scriptedWorld([refuse, registered]);
      const client = world.client.use(async (request, next) => {
        try {
          return await next(request);
        } catch (error) {
          if (error instanceof FacePassConnectionError) seen.push(error.reached);
          throw error;
        }
      });
      await client.registrations.status('1');
      assertEqual(seen, ['no']);
    },
  }),

  ...group('events and logs', {
    async 'tell a call from its start to its end, every attempt and every wait'() {
      const { client, events } = scriptedWorld([reset, registered]);
      await client.registrations.status('000001');
      assertEqual(
        events.map(({ type }) => type),
        [
          'call_started',
          'token_issued',
          'attempt_started',
          'attempt_finished',
          'retry_scheduled',
          'attempt_started',
          'attempt_finished',
          'call_finished',
        ],
      );
      const ids = new Set(events.flatMap((event) => ('callId' in event ? [event.callId] : [])));
      assertEqual(ids.size, 1);
      const end = events.at(-1);
      assertEqual(end?.type === 'call_finished' && [end.attempts, end.error ?? 'none'], [2, 'none']);
    },

    async 'name the code of what failed'() {
      const { client, events } = scriptedWorld([failure('NO')]);
      await rejection(FacePassApiError, () => client.registrations.status('000001'));
      const end = events.at(-1);
      assertEqual(end?.type === 'call_finished' && end.error, 'api_error');
    },

    async 'a listener that throws harms nothing'() {
      const { client } = scriptedWorld([registered], {
        onEvent: () => {
          throw new Error('listener');
        },
      });
      assertEqual((await client.registrations.status('000001')).registered, true);
    },

    async 'a logger is told from its level upwards'() {
      const lines: string[] = [];
      const logger = Object.fromEntries(
        (['debug', 'info', 'warn', 'error'] as const).map((level) => [
          level,
          (message: string) => lines.push(`${level} ${message}`),
        ]),
        // The four levels, each with its function.
      ) as unknown as Logger;
      await scriptedWorld([reset, registered], { logger }).client.registrations.status('1');
      assertEqual(lines, [
        'info facepass token_issued',
        'warn facepass retry_scheduled',
        'info facepass call_finished',
      ]);
      lines.length = 0;
      await scriptedWorld([reset, registered], { logger, logLevel: 'error' }).client.registrations.status(
        '1',
      );
      assertEqual(lines, []);
      const { client } = scriptedWorld([reset], { logger, logLevel: 'error' });
      await rejection(FacePassConnectionError, () => client.registrations.status('1'));
      assertEqual(lines, ['error facepass call_finished']);
    },
  }),

  ...group('rate limit', {
    async 'no second holds more requests than allowed, retries included'() {
      const starts: number[] = [];
      const answer: Answer = (_asked, clock) => {
        starts.push(clock.now());
        return starts.length % 3 === 0 ? new Response(null, { status: 503 }) : success({ registered: true });
      };
      const { client } = scriptedWorld([answer], {
        maxRequestsPerSecond: 5,
        deadlineMs: 600_000,
        maxRetries: 9,
      });
      await Promise.all(Array.from({ length: 23 }, () => client.registrations.status('1')));
      assert(starts.length > 23, 'retries to have happened');
      for (const [index, start] of starts.entries()) {
        const sixth = starts[index + 5];
        if (sixth !== undefined)
          assert(sixth - start >= 1000, `a second between request ${index} and ${index + 5}`);
      }
    },

    async 'a fraction above one is left out, so that no second holds more'() {
      const { client, events } = scriptedWorld([registered], { maxRequestsPerSecond: 2.5 });
      await Promise.all(Array.from({ length: 5 }, () => client.registrations.status('1')));
      const starts = events.flatMap((event) => (event.type === 'attempt_started' ? [event.atMs] : []));
      assertEqual(
        starts.map((start) => start - (starts[0] ?? 0)),
        [0, 0, 1000, 1000, 2000],
      );
    },

    async 'less than one a second is a longer wait'() {
      const { client, clock } = scriptedWorld([registered], { maxRequestsPerSecond: 0.5 });
      await client.registrations.status('1');
      await client.registrations.status('1');
      assertEqual(clock.waits, [2000]);
    },

    async 'a place behind the deadline is not waited for, nor taken'() {
      const { client, clock } = scriptedWorld([registered], { maxRequestsPerSecond: 0.1, deadlineMs: 5000 });
      await client.registrations.status('1');
      await rejection(FacePassTimeoutError, () => client.registrations.status('1'));
      clock.advance(10_000);
      await client.registrations.status('1');
      assertEqual(clock.waits, []);
    },

    async 'clients made by withOptions share it'() {
      const { client, clock } = scriptedWorld([registered], { maxRequestsPerSecond: 1 });
      await client.registrations.status('1');
      await client.withOptions({ timeoutMs: 5000 }).registrations.status('1');
      assertEqual(clock.waits, [1000]);
    },
  }),

  ...group('escape hatch', {
    async 'calls an endpoint added tomorrow, with schema, query, retries and errors'() {
      const world = scriptedWorld([reset, () => success({ doors: [{ id: 7 }], more: 1 })]);
      const schema = z.looseObject({ doors: z.array(z.looseObject({ id: z.number() })) });
      const { doors } = await world.client.request('GET', '/api/v2/merchant/door', {
        query: { size: 3, x: undefined },
        schema,
      });
      assertEqual(doors[0]?.id, 7);
      assertEqual([world.asked.length, world.asked[1]?.search], [2, '?size=3']);
    },

    async 'repeats only what it is told is safe'() {
      const once = scriptedWorld([reset]);
      await rejection(FacePassConnectionError, () =>
        once.client.request('POST', '/api/v2/door', { body: { a: 1 } }),
      );
      assertEqual([once.asked.length, once.asked[0]?.body], [1, { a: 1 }]);
      const safe = scriptedWorld([reset]);
      await rejection(FacePassConnectionError, () =>
        safe.client.request('POST', '/api/v2/door', { safety: 'read' }),
      );
      assertEqual(safe.asked.length, 3);
    },

    async 'gives whatever came when there is no schema, and the response with it'() {
      const world = scriptedWorld([() => success(['anything'])]);
      const { data, response } = await world.client.request('DELETE', '/api/v2/door').withResponse();
      assertEqual([data, response.status], [['anything'], 200]);
    },

    async 'refuses a body that GET would not send'() {
      const world = scriptedWorld([registered]);
      const call = () => world.client.request('GET', '/api/v2/door', { body: { a: 1 } });
      assertEqual((await rejection(FacePassRequestError, call)).issues[0]?.path, 'body');
      assertEqual(world.asked.length, 0);
    },

    async 'keeps queries out of the path, where errors would name them'() {
      const world = scriptedWorld([registered]);
      await rejection(FacePassRequestError, () => world.client.request('GET', '/api/v2/door?name=홍길동'));
      // A path that does not begin with a slash, as JavaScript may pass it.
      const path = 'api' as `/${string}`;
      await rejection(FacePassRequestError, () => world.client.request('GET', path));
      assertEqual(world.asked.length, 0);
    },
  }),
];
