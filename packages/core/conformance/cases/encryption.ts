import {
  createOpener,
  EnvelopeError,
  type EnvelopeScheme,
  generateKeyPair,
  importPrivateKeys,
  parseScheme,
} from '@facepass-kit/crypto';
import { FacePassApiError, FacePassHttpError, FacePassProtocolError } from '../../src/client.ts';
import { person } from '../fifteen-calls.ts';
import { assert, assertEqual, group, rejection } from '../portable-case.ts';
import { type Answer, failure, scriptedWorld, success, type WorldOptions } from '../scripted-facepass.ts';
import { keyed, openBody, vendorKey } from '../test-keys.ts';

let renewedKey: ReturnType<typeof generateKeyPair> | undefined;
const renewed = () => {
  renewedKey ??= generateKeyPair();
  return renewedKey;
};

/**
 * FacePass with a key that is replaced after the first prepare: what is sealed for the old one is answered with
 * `refusal`, as often as it comes.
 */
function rotating(refusal: () => Response, options: WorldOptions = {}, secondKey = renewed) {
  let keyRequests = 0;
  let prepares = 0;
  const answer: Answer = async ({ path }) => {
    if (path === '/api/v1/rsa-public-key') {
      keyRequests++;
      const { publicKeySpkiBase64 } = await (keyRequests === 1 ? vendorKey() : secondKey());
      return success({ rsaKey: publicKeySpkiBase64 });
    }
    prepares++;
    if (prepares === 2) return refusal();
    return success({ completed: true, token: 'sdk', success: true });
  };
  const world = scriptedWorld([answer], options);
  return { ...world, keyRequests: () => keyRequests, prepares: () => prepares };
}

export const encryptionCases = group('encryption', {
  async 'the public key is fetched once and kept for its lifetime'() {
    const { client, clock, keyRequests } = rotating(
      () => success({ completed: true, token: 'x' }),
      {},
      vendorKey,
    );
    await client.registrations.prepare(person);
    await client.registrations.prepare(person);
    assertEqual(keyRequests(), 1);
    clock.advance(3_601_000);
    await client.registrations.prepare(person);
    assertEqual(keyRequests(), 2);
  },

  async 'every request is sealed under a key and an IV of its own'() {
    const { client, asked } = rotating(() => success({ completed: true, token: 'x' }), {}, vendorKey);
    await client.registrations.prepare(person);
    await client.registrations.prepare(person);
    const [, first, second] = asked.map(({ body }) => Object(body));
    for (const part of ['encryptedKey', 'iv', 'encryptedName']) {
      assert(first[part] !== second[part], `another ${part}`);
    }
  },

  async 'when FacePass says that it cannot decrypt, the key is fetched once more and everything sealed anew'() {
    const refusals = [
      () => failure('DECRYPTION_FAILED'),
      () => failure('INVALID_CIPHERTEXT'),
      () => new Response(null, { status: 400 }),
    ];
    for (const refusal of refusals) {
      const { client, asked, keyRequests } = rotating(refusal);
      await client.registrations.prepare(person);
      const prepared = await client.registrations.prepare(person);
      assertEqual([prepared.completed, keyRequests()], [true, 2]);
      const opened = await openBody(asked.at(-1)?.body, ['encryptedName'], renewed);
      assertEqual(opened.encryptedName, person.name);
    }
  },

  async 'a code that only the caller knows counts when it is named'() {
    const { client, keyRequests } = rotating(() => failure('E1234'), { decryptionErrorCodes: ['E1234'] });
    await client.registrations.prepare(person);
    await client.registrations.prepare(person);
    assertEqual(keyRequests(), 2);
  },

  async 'nothing is sent again when the key is still the same'() {
    const { client, prepares } = rotating(() => failure('DECRYPTION_FAILED'), {}, vendorKey);
    await client.registrations.prepare(person);
    const error = await rejection(FacePassApiError, () => client.registrations.prepare(person));
    assertEqual([error.errorCode, prepares()], ['DECRYPTION_FAILED', 2]);
  },

  async 'a refusal for another reason fetches no key'() {
    const { client, keyRequests } = rotating(() => failure('DUPLICATED_USERKEY'));
    await client.registrations.prepare(person);
    await rejection(FacePassApiError, () => client.registrations.prepare(person));
    assertEqual(keyRequests(), 1);
  },

  async 'a key fetched for this very call is not fetched again'() {
    const { client, clock, keyRequests, prepares } = rotating(() => failure('DECRYPTION_FAILED'));
    await client.registrations.prepare(person);
    clock.advance(3_601_000);
    await rejection(FacePassApiError, () => client.registrations.prepare(person));
    assertEqual([keyRequests(), prepares()], [2, 2]);
  },

  async 'encryption.test tries a new key when FacePass answers false'() {
    const { client, keyRequests } = rotating(() => success({ success: false }));
    await client.registrations.prepare(person);
    assertEqual(await client.encryption.test('x'), { completed: true, token: 'sdk', success: true });
    assertEqual(keyRequests(), 2);
    const same = rotating(() => success({ success: false }), {}, vendorKey);
    await same.client.registrations.prepare(person);
    assertEqual(await same.client.encryption.test('x'), { success: false });
  },

  async 'probe finds the scheme that FacePass accepts, with a broken control refused'() {
    const wanted = parseScheme('oaep-sha256');
    const { client, asked } = scriptedWorld([
      keyed([
        async ({ body }) => {
          const accepted = await opensUnder(body, wanted);
          return accepted ? success({ success: true }) : failure('DECRYPTION_FAILED');
        },
      ]),
    ]);
    const { verdict, accepted, evidence } = await client.encryption.probe();
    assertEqual([verdict, accepted], ['found', [wanted]]);
    assertEqual(evidence.length, asked.length - 1);
    assert(
      evidence.some(({ errorCode }) => errorCode === 'DECRYPTION_FAILED'),
      'refusals as evidence',
    );
  },

  async 'probe gives up when FacePass answers about us instead of the envelope'() {
    const { client } = scriptedWorld([keyed([() => new Response(null, { status: 429 })])], { maxRetries: 0 });
    assertEqual((await client.encryption.probe()).verdict, 'gave_up');
    const refused = scriptedWorld([keyed([() => new Response(null, { status: 401 })])]);
    assertEqual((await refused.client.encryption.probe()).verdict, 'gave_up');
  },

  async 'a public key that is none is a fault of the answer'() {
    for (const rsaKey of ['', 'MIIB', 'not base64!', 7]) {
      const { client } = scriptedWorld([success({ rsaKey })]);
      const error = await rejection(FacePassProtocolError, () => client.registrations.prepare(person));
      assertEqual([error.problem, error.path], ['wrong_shape', 'success.rsaKey']);
    }
  },

  async 'a fault while fetching the key anew is told as it is'() {
    let keys = 0;
    const answer: Answer = async ({ path }) => {
      if (path !== '/api/v1/rsa-public-key')
        return keys === 1 ? failure('DECRYPTION_FAILED') : failure('OTHER');
      keys++;
      if (keys > 1) return new Response(null, { status: 403 });
      return success({ rsaKey: (await vendorKey()).publicKeySpkiBase64 });
    };
    const { client } = scriptedWorld([answer]);
    await rejection(FacePassApiError, () => client.registrations.prepare(person));
    await rejection(FacePassHttpError, () => client.registrations.prepare(person));
  },
});

async function opensUnder(body: unknown, scheme: EnvelopeScheme): Promise<boolean> {
  const keys = await importPrivateKeys({ keys: [(await vendorKey()).privateJwk] });
  try {
    await createOpener({ keys, scheme }).open(Object(body), ['encryptedData']);
    return true;
  } catch (error) {
    if (error instanceof EnvelopeError) return false;
    throw error;
  }
}
