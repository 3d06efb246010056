import { createOpener, createSealer, importPeerKey, importPrivateKeys } from '@facepass-kit/crypto';
import { describe, expect, it } from 'vitest';
import { addKey, retireKeys } from './envelope-keys.ts';

async function opens(jwks: object, publicKey: string): Promise<boolean> {
  const sealed = await createSealer({ peer: await importPeerKey(publicKey) }).seal({ encryptedCI: 'ci' });
  const opener = createOpener({ keys: await importPrivateKeys(JSON.stringify(jwks)) });
  return await opener.open(sealed, ['encryptedCI']).then(
    () => true,
    () => false,
  );
}

describe('the keys of envelopes', () => {
  it('open under the old and the new one from the step that adds, and under the new one alone in the end', async () => {
    const first = await addKey(null);
    const second = await addKey(JSON.stringify(first.jwks));
    expect(await opens(second.jwks, first.publicKey)).toBe(true);
    expect(await opens(second.jwks, second.publicKey)).toBe(true);
    const last = await retireKeys(JSON.stringify(second.jwks));
    expect(await opens(last, second.publicKey)).toBe(true);
    expect(await opens(last, first.publicKey)).toBe(false);
  });

  it('are refused where they are none, or one too many, without a word of what was read', async () => {
    let { jwks } = await addKey(null);
    for (let keys = 1; keys < 3; keys++) ({ jwks } = await addKey(JSON.stringify(jwks)));
    await expect(addKey(JSON.stringify(jwks))).rejects.toMatchObject({ code: 'bad_key' });
    const error: unknown = await addKey('{"keys": "marked"}').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'bad_key', message: expect.not.stringContaining('marked') });
  });
});
