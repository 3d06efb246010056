import * as z from 'zod';
import * as facepass from '../../src/client.ts';
import { assert, assertEqual, group } from '../portable-case.ts';
import {
  type Answer,
  CLIENT_SECRET,
  cutOff,
  refuse,
  scriptedWorld,
  success,
  tokenAnswer,
  type WorldOptions,
} from '../scripted-facepass.ts';
import { keyed } from '../test-keys.ts';

const { FacePassError } = facepass;

/** Everything that must never be seen. Each is recognisable by itself. */
const hush = {
  merchantUserKey: 'hush-user-key',
  name: 'hush홍길동',
  ci: 'hush-ci-'.repeat(11),
  phoneNumber: '01099998888',
  email: 'hush@mail.kr',
  token: 'hush-access-token',
  sdkToken: 'hush-sdk-token',
};
const secrets = ['hush', '홍길동', '01099998888', CLIENT_SECRET];

/** FacePass at its most talkative: whatever it was sent, it says again. */
const chatter = JSON.stringify(hush);
const talkative =
  (status: number): Answer =>
  ({ text, headers }) =>
    new Response(
      JSON.stringify({
        resultType: 'FAIL',
        error: { errorCode: `no such ${hush.name}`, reason: `${text} ${headers.get('authorization')}` },
      }),
      { status, headers: { 'x-request-id': `user ${hush.phoneNumber}`, 'retry-after': '0' } },
    );

const { merchantUserKey, name, ci, phoneNumber, email } = hush;
const person = { merchantUserKey, name, ci, phoneNumber, email };
const prepare = (client: facepass.FacePassClient, options?: facepass.CallOptions) =>
  client.registrations.prepare(person, options);

/** A way to each class of error, through the client wherever it throws it itself. */
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  FacePassApiError: () => prepare(world([keyed([talkative(200)])]).client),
  FacePassHttpError: () => prepare(world([keyed([talkative(500)])]).client),
  FacePassProtocolError: () => prepare(world([keyed([() => new Response(chatter)])]).client),
  'FacePassProtocolError, cut off': () => prepare(world([keyed([() => cutOff(chatter)])]).client),
  FacePassTimeoutError: () => prepare(world([keyed([({ signal }, clock) => clock.hang(signal)])]).client),
  FacePassConnectionError: () => prepare(world([keyed([refuse])]).client),
  'FacePassConnectionError, with a talkative cause': () => {
    const thrown = Object.assign(new TypeError(chatter), {
      code: hush.name,
      cause: new Error(chatter),
      request: hush,
    });
    return prepare(
      world([
        keyed([
          () => {
            throw thrown;
          },
        ]),
      ]).client,
    );
  },
  FacePassAbortedError: () => {
    const signal = AbortSignal.abort(new Error(chatter));
    return prepare(world([keyed([success({})])]).client, { signal });
  },
  FacePassAuthError: () => prepare(world([keyed([talkative(401)])]).client),
  'FacePassAuthError, from the token endpoint': () => {
    const refusal: Answer = ({ text }) =>
      Response.json({ error: `bad ${text}`, error_description: text }, { status: 400 });
    return prepare(world([success({})], { tokens: [refusal] }).client);
  },
  FacePassRequestError: () => {
    const broken = {
      ...person,
      name: hush.name.repeat(9),
      phoneNumber: `${phoneNumber}0`,
      email: email.repeat(9),
    };
    return world([success({})]).client.registrations.prepare(broken);
  },
  FacePassIncompleteError: async () => {
    const rows = Array.from({ length: 10 }, (_, index) => ({ groupId: `hush-${index}`, tags: hush }));
    return world([success({ items: rows })])
      .client.deviceGroups.list()
      .toArray({ limit: 100 });
  },
  FacePassOptionError: async () =>
    facepass.createFacePassClient({ clientId: 'a', clientSecret: CLIENT_SECRET, baseUrl: chatter }),
};

let logged: string[] = [];

function world(answers: readonly Answer[], options: WorldOptions = {}) {
  const log = (...line: unknown[]) => void logged.push(JSON.stringify(line));
  const logger = { debug: log, info: log, warn: log, error: log };
  const token: Answer = () => Response.json({ access_token: hush.token, expires_in: 60, scope: hush.name });
  const made = scriptedWorld(answers, {
    tokens: [token],
    maxRetries: 1,
    logger,
    logLevel: 'debug',
    ...options,
  });
  return { ...made, client: made.client.withOptions({ onEvent: (event) => log(event) }) };
}

/** All an error can show by itself: its texts, its JSON, and every own property, hidden ones as well. */
function shown(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 4) return String(error);
  const own = Reflect.ownKeys(error).map(
    (key) => `${String(key)}: ${shown(Reflect.get(error, key), depth + 1)}`,
  );
  const texts = error instanceof Error ? [String(error), error.stack ?? ''] : [];
  return [...texts, JSON.stringify(error), ...own].join('\n');
}

export const redactionCases = group('redaction', {
  async 'no error shows a secret, a personal field or a ciphertext, whatever FacePass or the network said'() {
    for (const [way, run] of Object.entries(ways)) {
      const error = await run().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert(error instanceof FacePassError, `${way} to end in an error of ours`);
      assertEqual(error.constructor.name, way.split(',')[0]);
      const text = shown(error);
      const leaked = secrets.filter((secret) => text.includes(secret));
      assertEqual(leaked, [], way);
      // Ciphertexts are the long runs of Base64 here.
      assert(
        !/[A-Za-z0-9+/]{60,}={0,2}/.test(text.replaceAll(/(\/[\w.-]+)+/g, '')),
        `no ciphertext in ${way}`,
      );
    }
  },

  async 'every class of error has been led to'() {
    const classes = Object.entries(facepass)
      .filter(([, value]) => typeof value === 'function' && value.prototype instanceof FacePassError)
      .map(([name]) => name);
    assertEqual(
      classes.filter((name) => ways[name] === undefined),
      [],
    );
    assert(classes.length >= 10, 'the whole family');
  },

  async 'what cannot be sent is said without the runtime’s text about it'() {
    const circle: Record<string, unknown> = {};
    circle[hush.name] = circle;
    const unsendable: Readonly<Record<string, () => Promise<unknown>>> = {
      'a token that is no header': () =>
        prepare(world([success({})], { tokens: [() => tokenAnswer(`${hush.token}\nx`)] }).client),
      'a header of the client': async () => world([success({})], { headers: { 'x-key': 'hush\nx' } }),
      'a header of a call': () =>
        world([success({})]).client.registrations.status('1', { headers: { 'x hush': '1' } }),
      'a body that is a circle': () =>
        world([success({})]).client.request('POST', '/api/v2/any', { body: circle }),
      'a record of the answer': () =>
        world([success({ [hush.name]: 1, [phoneNumber]: 1 })]).client.request('GET', '/api/v2/any', {
          schema: z.record(z.string(), z.string()),
        }),
    };
    for (const [way, run] of Object.entries(unsendable)) {
      logged = [];
      const error = await run().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert(error instanceof FacePassError, `${way} to end in an error of ours`);
      const text = [shown(error), ...logged].join('\n');
      assertEqual(
        secrets.filter((secret) => text.includes(secret)),
        [],
        way,
      );
      const count = (type: string) => logged.filter((line) => line.includes(`"${type}"`)).length;
      assertEqual(count('call_started'), count('call_finished'), way);
    }
  },

  async 'no log line and no event shows any of it either'() {
    logged = [];
    for (const run of Object.values(ways)) await run().catch(() => undefined);
    const good = world([keyed([success({ completed: true, token: hush.sdkToken, txId: hush.name })])]);
    await prepare(good.client);
    const rows = {
      items: [
        { id: '1', merchantUserKey, verifyTs: hush.name },
        { ...hush, id: 2 },
      ],
    };
    const range = { from: '2024-01-01T00:00:00', to: '2024-01-02T00:00:00', merchantUserKey };
    const listed = world([success(rows), success({ items: [] })]);
    await listed.client.verifications.list(range).toArray({ limit: 10 });
    assert(logged.length > 50, 'plenty of log lines');
    const leaking = logged.filter((line) => secrets.some((secret) => line.includes(secret)));
    assertEqual(leaking, []);
  },

  async 'what FacePass said is there for the program that asks'() {
    const error = await ways['FacePassApiError']?.().catch((thrown: unknown) => thrown);
    assert(error instanceof facepass.FacePassApiError, 'an API error');
    assert(
      error.reason.includes('Bearer') && error.errorCode.includes(hush.name),
      'reason and code to be readable',
    );
  },
});
