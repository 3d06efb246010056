/** FacePass's side of the envelope, made once per run. */
import { createOpener, generateKeyPair, importPrivateKeys } from '@facepass-kit/crypto';
import type { VirtualClock } from '../src/testing.ts';
import { type Answer, type Asked, success } from './scripted-facepass.ts';

let made: ReturnType<typeof generateKeyPair> | undefined;

/** One key pair for all cases: making RSA keys is what takes longest here. */
export function vendorKey(): ReturnType<typeof generateKeyPair> {
  made ??= generateKeyPair();
  return made;
}

/** Answers #1 with the key, and everything else from the script, used up one by one, the last one repeating. */
export function keyed(answers: readonly Answer[], key = vendorKey): Answer {
  let count = 0;
  return async (asked: Asked, clock: VirtualClock) => {
    if (asked.path === '/api/v1/rsa-public-key') {
      const { publicKeySpkiBase64 } = await key();
      return success({ rsaKey: publicKeySpkiBase64 });
    }
    count++;
    const answer = answers[Math.min(count, answers.length) - 1];
    if (answer === undefined) throw new Error('the script has no answer');
    return answer instanceof Response ? answer.clone() : answer(asked, clock);
  };
}

/** Opens what was sealed in a request's body, with the private half of `key`. */
export async function openBody<K extends string>(
  body: unknown,
  names: readonly K[],
  key = vendorKey,
): Promise<Record<K, string>> {
  const { privateJwk } = await key();
  const opener = createOpener({ keys: await importPrivateKeys({ keys: [privateJwk] }) });
  // A body of the client's making; what is not an envelope does not open.
  return opener.open(body as Record<K, string> & { encryptedKey: string; iv: string }, names);
}
