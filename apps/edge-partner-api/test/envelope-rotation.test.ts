import { generateKeyPair } from '@facepass-kit/crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { simulatedWorld } from './facepass.ts';
import { freshStores, member, putMembers } from './world.ts';

freshStores();
afterEach(() => vi.restoreAllMocks());

/** Each registers once. */
const people = Array.from({ length: 8 }, (_, n) => ({
  name: '홍길동',
  phoneNumber: `0101000000${n}`,
  birthDate: '19900101',
}));

it('the RSA key is rotated without one registration refused, whichever version of the Worker is asked', async () => {
  const [old, next] = await Promise.all([generateKeyPair(), generateKeyPair()]);
  const jwks = (...pairs: (typeof old)[]) => ({
    ENVELOPE_PRIVATE_JWKS: JSON.stringify({ keys: pairs.map(({ privateJwk }) => privateJwk) }),
  });
  await putMembers(...people.map((identity, n) => member(`m${n}`, { identity })));
  const waiting = [...people];
  /** Somebody registers, with FacePass using `key` and the Worker having `version`. */
  const outcome = async (key: typeof old, version: object): Promise<string> => {
    vi.restoreAllMocks();
    const person = waiting.shift();
    if (person === undefined) throw new Error('nobody is left to register');
    const { register } = await simulatedWorld(version, { publicKey: key.publicKeySpkiBase64 });
    return (await register(person, 'identity')).outcome;
  };
  const [before, both, after] = [jwks(old), jwks(next, old), jwks(next)];

  // 1. The new key is added. While it is deployed, some locations still run the version before.
  expect(await outcome(old, before)).toBe('registered');
  expect(await outcome(old, both)).toBe('registered');
  // 2. It runs everywhere, and only then FacePass is given the new public key; it may use either for a while.
  expect(await outcome(next, both)).toBe('registered');
  expect(await outcome(old, both)).toBe('registered');
  // 3. FacePass uses the new one alone; then the old one is retired, again not everywhere at once.
  expect(await outcome(next, both)).toBe('registered');
  expect(await outcome(next, after)).toBe('registered');

  // What the order is for: the new key at FacePass before the Worker has it, or the old one retired too soon.
  expect(await outcome(next, before)).toBe('unanswered');
  expect(await outcome(old, after)).toBe('unanswered');
});
