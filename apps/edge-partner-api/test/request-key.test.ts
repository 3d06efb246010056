import { env } from 'cloudflare:workers';
import { validateAnswer } from '@facepass-kit/core/partner';
import { decodeBase64, encodeBase64, importPeerKey } from '@facepass-kit/crypto';
import { describe, expect, it } from 'vitest';
import { freshStores, member, PARTNER_TOKEN, partnerRequest, putMembers, send } from './world.ts';

freshStores();

const ADDRESS = '203.0.113.7';
const pinned = { VALIDATE_SEAL_FOR: 'request-key', PARTNER_ADDRESSES: `${ADDRESS}/32` };

/** A request sealed by hand under a key that is kept, so that the answer can be read with it. */
async function sealedByHand(fields: Record<string, string>) {
  const dek = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const { oaep } = await importPeerKey(env.TEST_PARTNER_PUBLIC_KEY);
  const wrapped = await crypto.subtle.encrypt('RSA-OAEP', oaep['SHA-1'], dek);
  const key = await crypto.subtle.importKey('raw', dek, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const sealed: Record<string, string> = {};
  for (const [name, text] of Object.entries(fields)) {
    const bytes = new TextEncoder().encode(text);
    sealed[name] = encodeBase64(
      new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes)),
    );
  }
  const request = { ...sealed, encryptedKey: encodeBase64(new Uint8Array(wrapped)), iv: encodeBase64(iv) };
  const open = async (ciphertext: string, answerIv: string) =>
    new TextDecoder().decode(
      await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: decodeBase64(answerIv) },
        key,
        decodeBase64(ciphertext),
      ),
    );
  return { request, open };
}

function from(address: string, body: object, token = PARTNER_TOKEN): Request {
  const request = partnerRequest('/v1/user/validate', body, token);
  request.headers.set('cf-connecting-ip', address);
  return new Request(request, { cf: { colo: 'ICN' } } satisfies
    | RequestInit<Partial<IncomingRequestCfProperties>>
    | object);
}

const gildong = member('000001', {
  identity: { name: '홍길동', phoneNumber: '01012345678', birthDate: '19900101' },
});

describe("an answer under the request's own key", () => {
  it('can be read with that key, under an IV of its own', async () => {
    await putMembers(gildong);
    const { request, open } = await sealedByHand({ encryptedPhoneNumber: '01012345678' });
    const response = await send(from(ADDRESS, request), pinned);
    const answer = validateAnswer.parse(await response.json());
    expect(answer).toMatchObject({ merchantUserKey: '000001', encryptedKey: request.encryptedKey });
    expect(answer.iv).not.toBe(request.iv);
    expect(await open(answer.encryptedName ?? '', answer.iv ?? '')).toBe('홍길동');
    expect(await open(answer.encryptedBirthDate ?? '', answer.iv ?? '')).toBe('19900101');
  });

  it('needs no key of FacePass', async () => {
    await putMembers(gildong);
    const { request } = await sealedByHand({ encryptedPhoneNumber: '01012345678' });
    const alone = { ...pinned, FACEPASS_CLIENT_ID: undefined, FACEPASS_CLIENT_SECRET: undefined };
    expect((await send(from(ADDRESS, request), alone)).status).toBe(200);
  });

  it('is nobody’s for a person who is not found, and for an envelope that does not open', async () => {
    await putMembers(gildong);
    const { request } = await sealedByHand({ encryptedPhoneNumber: '01000000000' });
    const unknown = await send(from(ADDRESS, request), pinned);
    expect(await unknown.json()).toEqual({
      merchantUserKey: null,
      code: 'MEMBER_NOT_FOUND',
      message: expect.any(String),
    });
    const broken = await send(from(ADDRESS, { ...request, iv: 'AAAAAAAAAAAAAAAA' }), pinned);
    expect(broken.status).toBe(400);
  });

  it('is given to whoever holds a pinned connection, not to a token from elsewhere', async () => {
    const { request } = await sealedByHand({ encryptedPhoneNumber: '01012345678' });
    expect((await send(from('198.51.100.7', request), pinned)).status).toBe(401);
  });

  it('is refused as a configuration where a token or a signature alone lets callers in', async () => {
    const { request } = await sealedByHand({ encryptedPhoneNumber: '01012345678' });
    for (const bare of [
      { VALIDATE_SEAL_FOR: 'request-key' },
      { VALIDATE_SEAL_FOR: 'request-key', PARTNER_PATH_PREFIX: 'a-secret-of-some-length' },
      { ...pinned, ENVELOPE_SCHEME: 'A256GCM/12/dek/OAEP-SHA1/labelled' },
    ]) {
      const response = await send(from(ADDRESS, request), bare);
      expect(await response.json()).toMatchObject({ code: 'BAD_ENVIRONMENT' });
    }
  });
});
