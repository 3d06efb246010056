import { env } from 'cloudflare:workers';
import { validateAnswer } from '@facepass-kit/core/partner';
import { createOpener, importPrivateKeys } from '@facepass-kit/crypto';
import { createBlindIndex, createDataCipher, createPersonReferences } from '@facepass-kit/protocol';
import { describe, expect, it, vi } from 'vitest';
import { readSettings, required } from '../src/env.ts';
import { createD1MemberDirectory } from '../src/store/d1-members/directory.ts';
import { countedBindings } from './counting.ts';
import { ask, freshStores, member, putMembers, sealForUs } from './world.ts';

freshStores();

const validate = async (body: unknown, overrides?: object) => await ask('/v1/user/validate', body, overrides);

const gildong = member('000001', {
  identity: { name: '홍길동', phoneNumber: '01012345678', birthDate: '19900101', ci: 'CI-OF-GILDONG' },
});
/** A son with his father's number. */
const son = member('000002', {
  identity: { name: '홍소년', phoneNumber: '01012345678', birthDate: '20150505' },
});

const rejected = {
  status: 400,
  body: { code: 'ENVELOPE_REJECTED', message: 'The encrypted fields could not be read.' },
};
const notFound = { merchantUserKey: null, code: 'MEMBER_NOT_FOUND' };

describe('member validation (B1)', () => {
  it('finds a member by CI and answers no more than the key', async () => {
    await putMembers(gildong);
    const { status, body } = await validate(await sealForUs({ encryptedCI: 'CI-OF-GILDONG' }));
    expect(status).toBe(200);
    expect(validateAnswer.parse(body)).toEqual({ merchantUserKey: '000001' });
  });

  it('goes by the CI where everything is sent', async () => {
    await putMembers(gildong, son);
    const sealed = await sealForUs({
      encryptedCI: 'CI-OF-GILDONG',
      encryptedName: '홍소년',
      encryptedPhoneNumber: '01012345678',
      encryptedBirthDate: '20150505',
    });
    expect((await validate(sealed)).body).toEqual({ merchantUserKey: '000001' });
  });

  it('tells people with one phone number apart by name and birth date', async () => {
    await putMembers(gildong, son);
    const sealed = await sealForUs({
      encryptedName: '홍소년',
      encryptedPhoneNumber: '01012345678',
      encryptedBirthDate: '20150505',
    });
    expect((await validate(sealed)).body).toEqual({ merchantUserKey: '000002' });
  });

  it('finds nobody where two people fit', async () => {
    await putMembers(gildong, son);
    expect((await validate(await sealForUs({ encryptedPhoneNumber: '01012345678' }))).body).toMatchObject(
      notFound,
    );
  });

  it('finds nobody where the name or the birth date differs', async () => {
    await putMembers(gildong);
    const other = { encryptedName: '김하나', encryptedPhoneNumber: '01012345678' };
    const younger = { encryptedPhoneNumber: '01012345678', encryptedBirthDate: '20000101' };
    expect((await validate(await sealForUs(other))).body).toMatchObject(notFound);
    expect((await validate(await sealForUs(younger))).body).toMatchObject(notFound);
  });

  it('answers a phone number alone with name and birth date sealed for FacePass, to be checked there', async () => {
    await putMembers(gildong);
    const { body } = await validate(await sealForUs({ encryptedPhoneNumber: '01012345678' }));
    const answer = validateAnswer.parse(body);
    expect(answer.merchantUserKey).toBe('000001');
    const opener = createOpener({ keys: await importPrivateKeys(env.TEST_FACEPASS_JWKS) });
    const { encryptedKey = '', iv = '' } = answer;
    expect(
      await opener.open({ ...answer, encryptedKey, iv }, ['encryptedName', 'encryptedBirthDate']),
    ).toEqual({
      encryptedName: '홍길동',
      encryptedBirthDate: '19900101',
    });
  });

  it('finds nobody by a phone number alone where name or birth date is missing', async () => {
    await putMembers(member('000003', { identity: { name: '김하나', phoneNumber: '01099998888' } }));
    expect((await validate(await sealForUs({ encryptedPhoneNumber: '01099998888' }))).body).toMatchObject(
      notFound,
    );
  });

  it('seals no name longer than FacePass takes, even one that was stored before there was a limit', async () => {
    const settings = readSettings(env);
    const index = await createBlindIndex(required(settings, 'PEPPER'));
    const cipher = await createDataCipher(required(settings, 'DATA_KEYS'));
    const people = createPersonReferences(index, cipher);
    const identity = { name: '가'.repeat(17), phoneNumber: '01099998888', birthDate: '19900101' };
    const facts = { status: 'active' as const, groups: [], tags: {} };
    await createD1MemberDirectory(env.DB, { index, previous: null, pepperId: 'p', cipher, people }).upsert(
      [{ merchantUserKey: '000003', facts, identity }],
      1,
    );
    expect((await validate(await sealForUs({ encryptedPhoneNumber: '01099998888' }))).body).toMatchObject(
      notFound,
    );
  });

  it('answers an unknown person with 200, no key, a text and a code', async () => {
    const { status, body } = await validate(await sealForUs({ encryptedCI: 'CI-OF-NOBODY' }));
    expect(status).toBe(200);
    expect(validateAnswer.parse(body)).toMatchObject(notFound);
    expect(body['message']).toMatch(/\S/);
  });

  it('answers suspended and former members as unknown, and future ones as members', async () => {
    const identity = { ci: 'CI' };
    const sealed = await sealForUs({ encryptedCI: 'CI' });
    await putMembers(member('000001', { status: 'suspended', identity }));
    expect((await validate(sealed)).body).toMatchObject(notFound);
    await putMembers(member('000001', { validUntil: '2020-01-01T00:00:00+09:00' }));
    expect((await validate(sealed)).body).toMatchObject(notFound);
    await putMembers(member('000001', { validFrom: '2999-01-01T00:00:00+09:00', validUntil: null }));
    expect((await validate(sealed)).body).toEqual({ merchantUserKey: '000001' });
  });

  it('keeps an identity that an update leaves out, and forgets one that is taken away', async () => {
    await putMembers(gildong);
    const sealed = await sealForUs({ encryptedCI: 'CI-OF-GILDONG' });
    await putMembers(member('000001', { groups: ['guards'] }));
    expect((await validate(sealed)).body).toEqual({ merchantUserKey: '000001' });
    await putMembers(member('000001', { identity: {} }));
    expect((await validate(sealed)).body).toEqual({ merchantUserKey: '000001' });
    await putMembers(member('000001', { identity: null }));
    expect((await validate(sealed)).body).toMatchObject(notFound);
  });

  it('refuses an envelope for another key, an altered one and a foreign one in the same words', async () => {
    await putMembers(gildong);
    const sealed = await sealForUs({ encryptedCI: 'CI-OF-GILDONG' });
    const forAnother = await sealForUs({ encryptedCI: 'CI-OF-GILDONG' }, env.TEST_FOREIGN_PUBLIC_KEY);
    const altered = { ...sealed, encryptedCI: `${sealed.encryptedCI.slice(0, -8)}AAAAAAA=` };
    const answers = await Promise.all(
      [forAnother, altered, { ...sealed, encryptedKey: 'AAAA' }, { ...sealed, iv: '***' }].map((body) =>
        validate(body),
      ),
    );
    for (const answer of answers) expect(answer).toEqual(rejected);
  });

  it('refuses in those words what opens and is not what it should be, and fields that were swapped', async () => {
    await putMembers(gildong);
    const good = {
      encryptedName: '홍길동',
      encryptedPhoneNumber: '01012345678',
      encryptedBirthDate: '19900101',
    };
    const wrongs: Record<string, string>[] = [
      { ...good, encryptedPhoneNumber: '1234' },
      { ...good, encryptedBirthDate: '19900230' },
      { ...good, encryptedName: '' },
      { encryptedCI: 'a b' },
    ];
    for (const wrong of wrongs) {
      expect(await validate(await sealForUs(wrong))).toEqual(rejected);
    }
    const sealed = await sealForUs(good);
    const swapped = {
      ...sealed,
      encryptedName: sealed.encryptedPhoneNumber,
      encryptedPhoneNumber: sealed.encryptedName,
    };
    expect(await validate(swapped)).toEqual(rejected);
  });

  it('takes a number as people write it', async () => {
    await putMembers(gildong);
    const sealed = await sealForUs({
      encryptedPhoneNumber: '010-1234-5678',
      encryptedName: '홍 길동',
      encryptedBirthDate: '1990-01-01',
    });
    expect((await validate(sealed)).body).toEqual({ merchantUserKey: '000001' });
  });

  it('says 503 where the answer must be sealed and FacePass has no key to give', async () => {
    await putMembers(gildong);
    const sealed = await sealForUs({ encryptedPhoneNumber: '01012345678' });
    const answer = await validate(sealed, { FACEPASS_BASE_URL: 'https://nowhere.test/void/' });
    expect(answer).toMatchObject({ status: 503, body: { code: 'FACEPASS_KEY_UNAVAILABLE' } });
  });

  it('says so whoever is asked for, so that it does not tell members from others', async () => {
    const away = { FACEPASS_BASE_URL: 'https://nowhere.test/void/' };
    const stranger = await sealForUs({ encryptedPhoneNumber: '01000000000' });
    expect(await validate(stranger, away)).toMatchObject({ status: 503 });
    const altered = { ...stranger, iv: 'AAAAAAAAAAAAAAAA' };
    expect(await validate(altered, away)).toMatchObject({ status: 503 });
    // By CI nothing is sealed here, for anybody.
    expect(await validate(await sealForUs({ encryptedCI: 'CI' }), away)).toMatchObject({ status: 200 });
  });
});

describe('what is done for an answer', () => {
  /** Calls of D1, of the limits and of the ciphers for one request. */
  async function workFor(body: unknown): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    const count = (name: string) => {
      counts[name] = (counts[name] ?? 0) + 1;
    };
    const limiter = (name: string) => ({
      limit: async () => {
        count(name);
        return { success: true };
      },
    });
    const { bindings, counts: bound } = countedBindings();
    const deployment = {
      ...bindings,
      VALIDATE_LIMIT: limiter('attempt'),
      VALIDATE_MISS_LIMIT: limiter('miss'),
    };
    // What is made once for an isolate is made by this one.
    await validate(await sealForUs({ encryptedPhoneNumber: '01000000000' }), deployment);
    for (const name of Object.keys(counts)) delete counts[name];
    const before = bound.d1;
    const spies = (['encrypt', 'decrypt', 'sign', 'importKey'] as const).map((method) => {
      const real = crypto.subtle[method].bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>;
      return vi.spyOn(crypto.subtle, method).mockImplementation((...args: unknown[]): Promise<never> => {
        // A key that does not come out is made up, and with it something is encrypted instead of decrypted.
        count(method === 'encrypt' || method === 'decrypt' ? 'cipher' : method);
        // The real method, whichever of its overloads was called.
        return real(...args) as Promise<never>;
      });
    });
    await validate(body, deployment);
    for (const spy of spies) spy.mockRestore();
    return { ...counts, d1: bound.d1 - before };
  }

  it('is the same whether the key, the tag, the plaintext or the person was wrong', async () => {
    await putMembers(
      gildong,
      member('000004', {
        status: 'suspended',
        identity: { name: '김하나', phoneNumber: '01099998888', birthDate: '19900101' },
      }),
      member('000005', { identity: { name: '이둘', phoneNumber: '01077776666' } }),
    );
    const phone = (encryptedPhoneNumber: string) => sealForUs({ encryptedPhoneNumber });
    const unknown = await phone('01000000000');
    const expected = await workFor(unknown);
    expect(expected).toMatchObject({ d1: 1, attempt: 1, miss: 1 });
    const causes = {
      key: await sealForUs({ encryptedPhoneNumber: '01000000000' }, env.TEST_FOREIGN_PUBLIC_KEY),
      tag: { ...unknown, encryptedPhoneNumber: `AAAA${unknown.encryptedPhoneNumber.slice(4)}` },
      suspended: await phone('01099998888'),
      'without a birth date': await phone('01077776666'),
    };
    for (const [cause, body] of Object.entries(causes)) {
      expect(await workFor(body), cause).toEqual(expected);
    }
    expect(await workFor(await phone('not a number'))).toEqual(expected);
  });
});
