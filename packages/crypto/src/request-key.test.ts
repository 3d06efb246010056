import { describe, expect, it } from 'vitest';
import { dekOf, nodeCrypto } from '../conformance/other-implementations.ts';
import { testKey } from '../conformance/vectors.ts';
import {
  createSealer,
  defaultScheme,
  type EnvelopeScheme,
  importPeerKey,
  importPrivateKeys,
  schemePresets,
} from './index.ts';
import { createRequestKeyResponder } from './request-key.ts';

const { spkiBase64, pkcs8Base64, privateJwk } = testKey('rsa2048');
const peer = await importPeerKey(spkiBase64);
const keys = await importPrivateKeys({ keys: [privateJwk] });

describe("answering under a request's own key", () => {
  const schemes: EnvelopeScheme[] = [defaultScheme, { ...defaultScheme, aad: 'dek', dek: 'base64' }];

  it.each(schemes)('can be read with the key the request brought: $aad, $dek', async (scheme) => {
    const request = await createSealer({ peer, scheme }).seal({ encryptedCI: 'ci' });
    const responder = createRequestKeyResponder({ keys, scheme });
    const opened = await responder.openForAnswer(request, ['encryptedCI']);
    expect(opened.fields).toEqual({ encryptedCI: 'ci' });

    const answer = await opened.sealUnderRequestKey({ encryptedName: '홍길동' });
    expect(answer.encryptedKey).toBe(request.encryptedKey);
    expect(answer.iv).not.toBe(request.iv);
    const wrapped = Buffer.from(request.encryptedKey, 'base64');
    const dek = dekOf(scheme, nodeCrypto.unwrap(pkcs8Base64, scheme.rsa, wrapped));
    const [iv, ciphertext] = [answer.iv, answer.encryptedName].map((text) => Buffer.from(text, 'base64'));
    const plaintext = nodeCrypto.decrypt(scheme, dek, iv ?? dek, ciphertext ?? dek);
    expect(plaintext.toString()).toBe('홍길동');
  });

  it('happens once', async () => {
    const request = await createSealer({ peer }).seal({ encryptedCI: 'ci' });
    const opened = await createRequestKeyResponder({ keys }).openForAnswer(request, ['encryptedCI']);
    await opened.sealUnderRequestKey({ encryptedName: '홍길동' });
    const second = opened.sealUnderRequestKey({ encryptedName: '홍길동' });
    await expect(second).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is still due after an answer that was refused for its fields', async () => {
    const request = await createSealer({ peer }).seal({ encryptedCI: 'ci' });
    const opened = await createRequestKeyResponder({ keys }).openForAnswer(request, ['encryptedCI']);
    const refused = opened.sealUnderRequestKey({ encryptedName: '\uD800' });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input' });
    const { encryptedName } = await opened.sealUnderRequestKey({ encryptedName: '홍길동' });
    const answer = { ...request, encryptedName };
    expect(answer.encryptedName).not.toBe('');
    await expect(opened.sealUnderRequestKey({ encryptedName: '홍길동' })).rejects.toThrow();
  });

  it('is refused where the wrapped text names the IV', () => {
    const scheme = schemePresets['toss-cert'];
    expect(() => createRequestKeyResponder({ keys, scheme })).toThrow(/labelled/i);
  });

  it('does not answer what does not open', async () => {
    const request = await createSealer({ peer }).seal({ encryptedCI: 'ci' });
    const responder = createRequestKeyResponder({ keys });
    const opened = responder.openForAnswer({ ...request, iv: 'AAAAAAAAAAAAAAAA' }, ['encryptedCI']);
    await expect(opened).rejects.toMatchObject({ code: 'open_failed' });
  });
});
