import {
  createMemoryTokenStore,
  FacePassAbortedError,
  FacePassAuthError,
  FacePassHttpError,
  FacePassProtocolError,
  type StoredToken,
  type TokenStore,
} from '../../src/client.ts';
import { assert, assertEqual, group, rejection } from '../portable-case.ts';
import {
  type Answer,
  hang,
  reset,
  scriptedWorld,
  success,
  tokenAnswer,
  type WorldOptions,
} from '../scripted-facepass.ts';

const registered: Answer = () => success({ registered: true });
const unauthorized: Answer = () => new Response(null, { status: 401 });
const bearer = (asked: readonly { readonly headers: Headers }[]) =>
  asked.map(({ headers }) => headers.get('authorization'));

function world(answers: readonly Answer[] = [registered], options: WorldOptions = {}) {
  const made = scriptedWorld(answers, options);
  return { ...made, call: () => made.client.registrations.status('000001') };
}

/** A store that is seen through: what it holds, and what it was asked. */
function spyStore(inner: TokenStore = createMemoryTokenStore()) {
  const log: string[] = [];
  const store: TokenStore = {
    read: (key) => {
      log.push('read');
      return inner.read(key);
    },
    write: (key, token) => {
      log.push('write');
      return inner.write(key, token);
    },
    refuse: (key, hash) => {
      log.push('refuse');
      return inner.refuse(key, hash);
    },
  };
  return { store, log };
}

export const tokenCases = [
  ...group('access token', {
    async 'it is asked for form-encoded, with the client credentials and nothing else'() {
      const { call, tokenRequests } = world();
      await call();
      const [request] = tokenRequests;
      assertEqual(request?.method, 'POST');
      assertEqual(request?.headers.get('content-type'), 'application/x-www-form-urlencoded');
      assertEqual(
        request?.text,
        'grant_type=client_credentials&client_id=client-id&client_secret=client-secret-hush',
      );
    },

    async 'a scope is sent when given'() {
      const { call, tokenRequests } = world([registered], { scope: 'ca' });
      await call();
      assertEqual(new URLSearchParams(tokenRequests[0]?.text).get('scope'), 'ca');
    },

    async 'it is used until a minute before its end, then renewed'() {
      const { call, clock, asked } = world();
      await call();
      clock.advance(3_539_000);
      await call();
      clock.advance(2000);
      await call();
      assertEqual(bearer(asked), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
    },

    async 'a short-lived one is renewed in its last tenth'() {
      const tokens: Answer[] = [() => tokenAnswer('a', 30), () => tokenAnswer('b', 30)];
      const { call, clock, asked } = world([registered], { tokens });
      await call();
      clock.advance(26_000);
      await call();
      clock.advance(2000);
      await call();
      assertEqual(bearer(asked), ['Bearer a', 'Bearer a', 'Bearer b']);
    },

    async 'calls side by side share one refresh'() {
      const { call, tokenRequests } = world();
      await Promise.all(Array.from({ length: 20 }, call));
      assertEqual(tokenRequests.length, 1);
    },

    async 'a refresh that fails fails for those who waited, and the next call tries anew'() {
      const tokens: Answer[] = [() => new Response(null, { status: 404 }), () => tokenAnswer('good')];
      const { call, asked, tokenRequests } = world([registered], { tokens });
      const outcomes = await Promise.allSettled([call(), call(), call()]);
      assertEqual(
        outcomes.map(({ status }) => status),
        ['rejected', 'rejected', 'rejected'],
      );
      await call();
      assertEqual([tokenRequests.length, bearer(asked)], [2, ['Bearer good']]);
    },

    async 'an early refresh that fails leaves a token that is still good'() {
      const tokens: Answer[] = [() => tokenAnswer('good'), () => new Response(null, { status: 503 })];
      const { call, clock, asked } = world([registered], { tokens });
      await call();
      clock.advance(3_550_000);
      await call();
      assertEqual(bearer(asked), ['Bearer good', 'Bearer good']);
    },

    async 'an early refresh that hangs takes half of a call’s time at most, and the next call none'() {
      for (const shareTokenRefresh of [true, false]) {
        const { client, clock, asked, tokenRequests } = world([registered], {
          shareTokenRefresh,
          tokens: [() => tokenAnswer('good'), hang],
        });
        const call = () => client.registrations.status('1', { deadlineMs: 6000 });
        await call();
        clock.advance(3_545_000);
        await call();
        if (!shareTokenRefresh) {
          await call();
          assertEqual(tokenRequests.length, 2);
        }
        assert(
          bearer(asked).every((sent) => sent === 'Bearer good'),
          'the token at hand to be used',
        );
      }
    },

    async 'while one call refreshes early, the others go on with the token that is still good'() {
      let release = () => {};
      let arrived = () => {};
      const requested = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const held: Answer = async () => {
        arrived();
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return tokenAnswer('new');
      };
      const { call, clock, asked } = world([registered], { tokens: [() => tokenAnswer('good'), held] });
      await call();
      clock.advance(3_550_000);
      const renewing = call();
      await requested;
      await Promise.all([call(), call()]);
      release();
      await renewing;
      assertEqual(bearer(asked.slice(1)), ['Bearer good', 'Bearer good', 'Bearer new']);
    },

    async 'a missing lifetime is taken for five minutes'() {
      const { call, clock, tokenRequests } = world([registered], {
        tokens: [() => Response.json({ access_token: 'a' })],
      });
      await call();
      clock.advance(269_000);
      await call();
      clock.advance(2000);
      await call();
      assertEqual(tokenRequests.length, 2);
    },

    async 'a lifetime written as text is read'() {
      const { call, clock, tokenRequests } = world([registered], {
        tokens: [() => Response.json({ access_token: 'a', expires_in: '3600' })],
      });
      await call();
      clock.advance(3_000_000);
      await call();
      assertEqual(tokenRequests.length, 1);
    },

    async 'the token endpoint is tried again after passing failures'() {
      const tokens: Answer[] = [reset, () => new Response(null, { status: 503 }), () => tokenAnswer('good')];
      const { call, tokenRequests } = world([registered], { tokens });
      await call();
      assertEqual(tokenRequests.length, 3);
    },

    async 'refused credentials are an error that names the OAuth code, and are not tried again'() {
      for (const status of [400, 401, 403]) {
        const refused = () =>
          Response.json({ error: 'invalid_client', error_description: 'hush' }, { status });
        const { call, tokenRequests, asked } = world([registered], { tokens: [refused] });
        const error = await rejection(FacePassAuthError, call);
        assertEqual([error.oauthError, error.status, error.code], ['invalid_client', status, 'auth_error']);
        assertEqual([tokenRequests.length, asked.length], [1, 0]);
      }
    },

    async 'a token endpoint that speaks no OAuth is a fault with its kind'() {
      const html = () => new Response('<html>');
      await rejection(FacePassProtocolError, world([registered], { tokens: [html] }).call);
      const empty = () => Response.json({ token_type: 'Bearer' });
      const shape = await rejection(FacePassProtocolError, world([registered], { tokens: [empty] }).call);
      assertEqual([shape.problem, shape.path], ['wrong_shape', 'access_token']);
      const gone = () => new Response(null, { status: 404 });
      assertEqual(
        (await rejection(FacePassHttpError, world([registered], { tokens: [gone] }).call)).status,
        404,
      );
    },
  }),

  ...group('a refused token', {
    async 'is replaced, and the call replayed once'() {
      const { call, asked, events } = world([unauthorized, registered]);
      await call();
      assertEqual(bearer(asked), ['Bearer token-1', 'Bearer token-2']);
      assert(
        events.some(({ type }) => type === 'token_refused'),
        'an event that says so',
      );
    },

    async 'twice in a row is an error about credentials, and no third attempt'() {
      const { call, asked } = world([unauthorized]);
      const error = await rejection(FacePassAuthError, call);
      assertEqual([error.status, error.attempts, asked.length], [401, 2, 2]);
    },

    async 'is replayed for writes too, since nothing was done without authentication'() {
      const { client, asked } = scriptedWorld([
        unauthorized,
        () => success({ completed: true, groupId: 'g' }),
      ]);
      const settings = { enableLiveness: true, shouldSuccessResultSkip: true, shouldFailResultSkip: true };
      await client.deviceGroups.create({ deviceGroupName: '1층', ...settings });
      assertEqual(asked.length, 2);
    },

    async 'costs one new token however many calls it was refused to'() {
      const answer: Answer = ({ headers }) =>
        headers.get('authorization') === 'Bearer token-1'
          ? new Response(null, { status: 401 })
          : success({ registered: true });
      const { call, tokenRequests } = world([answer]);
      await Promise.all(Array.from({ length: 10 }, call));
      assertEqual(tokenRequests.length, 2);
    },

    async 'is not taken from a store that serves it again'() {
      const stale: StoredToken = { accessToken: 'stale', expiresAtMs: Date.UTC(2030, 0, 1) };
      // A store that forgets refusals, as an eventually consistent one does for a while.
      const store: TokenStore = {
        read: async () => stale,
        write: async () => undefined,
        refuse: async () => undefined,
      };
      const { call, asked } = world([unauthorized, registered], { tokenStore: store });
      await call();
      await call();
      assertEqual(bearer(asked), ['Bearer stale', 'Bearer token-1', 'Bearer token-1']);
    },

    async 'is not taken from the store by a call that begins while it is being refused'() {
      const stale: StoredToken = { accessToken: 'stale', expiresAtMs: Date.UTC(2030, 0, 1) };
      const store: TokenStore = {
        read: async () => stale,
        write: async () => undefined,
        refuse: async () => undefined,
      };
      const meanwhile: Promise<unknown>[] = [];
      const answer: Answer = ({ headers }) =>
        headers.get('authorization') === 'Bearer stale'
          ? new Response(null, { status: 401 })
          : success({ registered: true });
      const { client, asked } = world([answer], {
        tokenStore: store,
        onEvent: ({ type }) => {
          if (type === 'token_refused') meanwhile.push(client.registrations.status('2'));
        },
      });
      await client.registrations.status('1');
      await Promise.all(meanwhile);
      assertEqual(bearer(asked), ['Bearer stale', 'Bearer token-1', 'Bearer token-1']);
    },

    async 'is told to the store by its hash'() {
      const refused: string[] = [];
      const store: TokenStore = {
        ...createMemoryTokenStore(),
        refuse: async (_key, hash) => void refused.push(hash),
      };
      const { call } = world([unauthorized, registered], { tokenStore: store });
      await call();
      // SHA-256 of "token-1".
      assertEqual(refused, ['3f08aace122ee2368432c1ca23a049bc640bafbf00fdf33a52429f38ba12dbf9']);
    },
  }),

  ...group('token store', {
    async 'a token in the store is used instead of a new one'() {
      const shared = createMemoryTokenStore();
      await world([registered], { tokenStore: shared }).call();
      const second = world([registered], { tokenStore: shared });
      await second.call();
      assertEqual([second.tokenRequests.length, bearer(second.asked)], [0, ['Bearer token-1']]);
    },

    async 'is asked once, then memory serves'() {
      const { store, log } = spyStore();
      const { call } = world([registered], { tokenStore: store });
      await call();
      await call();
      assertEqual(log, ['read', 'write']);
    },

    async 'keeps tokens of different credentials apart and sees none of them'() {
      const keys: string[] = [];
      const inner = createMemoryTokenStore();
      const store: TokenStore = {
        ...inner,
        read: (key) => {
          keys.push(key);
          return inner.read(key);
        },
      };
      await world([registered], { tokenStore: store }).call();
      await world([registered], { tokenStore: store, clientId: 'other' }).call();
      await world([registered], { tokenStore: store, scope: 'ca' }).call();
      assertEqual(new Set(keys).size, 3);
      assert(
        keys.every((key) => /^[0-9a-f]{64}$/.test(key)),
        'keys that are hashes',
      );
    },

    async 'an expired token in it is renewed'() {
      const store = createMemoryTokenStore();
      const first = world([registered], { tokenStore: store });
      await first.call();
      const second = world([registered], { tokenStore: store, tokens: [() => tokenAnswer('new')] });
      second.clock.advance(4_000_000);
      await second.call();
      assertEqual(bearer(second.asked), ['Bearer new']);
    },

    async 'a store that is broken costs a token request and an event, never the call'() {
      const broken = async (): Promise<never> => {
        throw new Error('store down');
      };
      const store: TokenStore = { read: broken, write: broken, refuse: broken };
      const { call, events } = world([unauthorized, registered], { tokenStore: store });
      await call();
      const failed = events.flatMap((event) =>
        event.type === 'token_store_failed' ? [event.operation] : [],
      );
      assertEqual(failed, ['read', 'write', 'refuse', 'read', 'write']);
    },
  }),

  ...group('a token store on a bad day', {
    async 'one that never answers does not outlast the call’s limits'() {
      for (const shareTokenRefresh of [true, false]) {
        for (const operation of ['read', 'write', 'refuse'] as const) {
          // It is given up when the event says so; from then on the clock stands still again.
          const givenUp = new AbortController();
          const never = () => made.clock.hang(givenUp.signal);
          const failed: string[] = [];
          const made = world([unauthorized, registered], {
            tokenStore: { ...createMemoryTokenStore(), [operation]: never },
            shareTokenRefresh,
            onEvent(event) {
              if (event.type !== 'token_store_failed') return;
              failed.push(event.operation);
              givenUp.abort();
            },
          });
          const began = made.clock.now();
          await made.call();
          assertEqual([failed[0], made.clock.now() - began], [operation, 2000]);
        }
      }
    },

    async 'one that hangs is left when the caller’s signal fires'() {
      const stop = new AbortController();
      const read = (): Promise<never> => {
        stop.abort();
        return new Promise(() => undefined);
      };
      const { client, asked } = world([registered], {
        tokenStore: { ...createMemoryTokenStore(), read },
        shareTokenRefresh: false,
      });
      await rejection(FacePassAbortedError, () => client.registrations.status('1', { signal: stop.signal }));
      assertEqual(asked.length, 0);
    },

    async 'what it gives that is no token counts as none'() {
      const given: unknown[] = [
        null,
        {},
        { accessToken: 'no end' },
        { accessToken: 'a\nb', expiresAtMs: 9e15 },
      ];
      for (const stored of given) {
        // What a store of plain JavaScript may give, whatever its type says.
        const tokenStore = { ...createMemoryTokenStore(), read: async () => stored as StoredToken };
        const { call, asked } = world([registered], { tokenStore });
        await call();
        assertEqual(bearer(asked), ['Bearer token-1'], JSON.stringify(stored));
      }
    },
  }),

  ...group('refresh without sharing', {
    async 'no call waits for another’s: each without a token asks for one itself'() {
      let asked = 0;
      const patient: Answer = async () => {
        asked++;
        // Answers none before all have asked, or a good while has passed without.
        for (let turn = 0; asked < 3 && turn < 1000; turn++) await new Promise((next) => setTimeout(next, 0));
        return tokenAnswer('any');
      };
      const { call } = world([registered], { shareTokenRefresh: false, tokens: [patient] });
      await Promise.all([call(), call(), call()]);
      assertEqual(asked, 3);
    },

    async 'while one refreshes early, the others use the token that is still good'() {
      const { call, clock, tokenRequests } = world([registered], { shareTokenRefresh: false });
      await call();
      clock.advance(3_550_000);
      await Promise.all([call(), call(), call()]);
      assertEqual(tokenRequests.length, 2);
    },
  }),
];
