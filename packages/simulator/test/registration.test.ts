import { beforeEach, describe, expect, it } from 'vitest';
import { createFacePass, type FacePass, noonMs } from './support/facepass.ts';
import { sealWithNode } from './support/node-envelope.ts';
import { createScriptedPartner, partnerUrl, type Question, type ScriptedPartner } from './support/partner.ts';

const kim = { name: '김하나', phoneNumber: '01012341234', birthDate: '19900101' };

let facepass: FacePass;
let partner: ScriptedPartner;
let personId: string;
let vendorKey: string;

beforeEach(async () => {
  partner = createScriptedPartner();
  facepass = await createFacePass({ fetch: partner.fetch });
  await facepass.control.run('merchants/configure', {
    partner: { baseUrl: partnerUrl, bearerToken: 'partner-token', publicKey: partner.publicKey },
  });
  personId = (await facepass.control.run('persons/create', kim)).personId;
  vendorKey = String((await facepass.call('rsa-public-key', {})).success['rsaKey']);
});

function seal(fields: Record<string, string>): Record<string, string> {
  return sealWithNode(vendorKey, fields);
}

describe('registering in the app', () => {
  it('sends the CI alone, encrypted for the partner, with its bearer token', async () => {
    const seen: string[] = [];
    partner.answer('/v1/user/validate', (question: Question) => {
      seen.push(partner.open(question, 'encryptedCI'));
      return { merchantUserKey: '000001' };
    });
    const result = await facepass.control.run('app/register', { personId, by: 'ci' });
    expect(result).toMatchObject({ outcome: 'registered', registration: { auditStatus: 'WAITING' } });
    expect(seen).toEqual([expect.stringMatching(/^[A-Za-z0-9+/=]{88}$/)]);
    const [question] = partner.questions;
    expect(Object.keys(question?.body ?? {}).sort()).toEqual(['encryptedCI', 'encryptedKey', 'iv']);
    expect(question?.headers.get('authorization')).toBe('Bearer partner-token');
  });

  it('sends name, phone number and birth date where there is no CI', async () => {
    partner.answer('/v1/user/validate', (question: Question) => {
      const names = ['encryptedName', 'encryptedPhoneNumber', 'encryptedBirthDate'];
      expect(names.map((name) => partner.open(question, name))).toEqual(Object.values(kim));
      return { merchantUserKey: '000001', txId: 'ours-1', ...seal({ encryptedName: kim.name }) };
    });
    const result = await facepass.control.run('app/register', { personId, by: 'identity' });
    expect(result).toMatchObject({
      outcome: 'registered',
      registration: { txId: 'ours-1' },
      checks: { name: 'matched', birthDate: 'not-given' },
    });
  });

  it.each([
    ['another name', { encryptedName: '홍길동' }],
    ['another birth date', { encryptedName: kim.name, encryptedBirthDate: '19900102' }],
  ])('stops where the partner answers %s', async (_, fields: Record<string, string>) => {
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: '000001', ...seal(fields) }));
    const result = await facepass.control.run('app/register', { personId });
    expect(result).toMatchObject({ outcome: 'identity-mismatch', registration: null });
  });

  it.each([
    ['no key', { merchantUserKey: null, message: '회원이 아닙니다', code: 'M0001' }, 'refused'],
    ['a number as key', { merchantUserKey: 1 }, 'bad-answer'],
    ['a field without its key', { merchantUserKey: '000001', encryptedName: 'AAAA' }, 'bad-answer'],
    [
      'a field that does not open',
      { merchantUserKey: '1', encryptedName: 'AAAA', encryptedKey: 'AAAA', iv: 'AAAA' },
      'bad-answer',
    ],
    ['a list', [1], 'unanswered'],
    ['an error', new Response('{}', { status: 500 }), 'unanswered'],
    ['a page', new Response('<html>'), 'unanswered'],
  ])('does not enrol on %s', async (_, answer, outcome) => {
    partner.answer('/v1/user/validate', () => answer);
    await expect(facepass.control.run('app/register', { personId })).resolves.toMatchObject({ outcome });
    await expect(facepass.control.run('truth', {})).resolves.toMatchObject({ registrations: [] });
  });

  it('refuses a key that is another face, and enrols the same person again', async () => {
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: '000001' }));
    const other = await facepass.control.run('persons/create', { ...kim, name: '홍길동' });
    const outcomes = [];
    for (const id of [personId, other.personId, personId]) {
      outcomes.push((await facepass.control.run('app/register', { personId: id })).outcome);
    }
    expect(outcomes).toEqual(['registered', 'duplicated-user-key', 'registered']);
  });

  it('waits for its audit, then tells the partner as often as asked', async () => {
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: '000001', txId: 'ours-1' }));
    partner.answer('/v1/callback/registered', () => ({}));
    await facepass.control.run('app/register', { personId });
    const waiting = await facepass.call('merchant/face-register-exist', { merchantUserKey: '000001' });
    expect(waiting.success).toEqual({
      registered: true,
      registeredTs: '2026-01-09 12:00:00',
      auditStatus: 'WAITING',
    });

    await facepass.control.run('app/complete', { merchantUserKey: '000001', times: 2 });
    const callbacks = partner.questions.filter(({ path }) => path === '/v1/callback/registered');
    const body = { merchantUserKey: '000001', txId: 'ours-1', registered: true };
    expect(callbacks.map((question) => question.body)).toEqual([body, body]);
    const settled = await facepass.call('merchant/face-register-exist', { merchantUserKey: '000001' });
    expect(settled.success['auditStatus']).toBe('SUCCESS');
  });

  it('settles an audit by itself when its time has come', async () => {
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: '000001' }));
    await facepass.control.run('merchants/configure', {
      personality: { auditSeconds: 60, auditResult: 'FAILURE' },
    });
    await facepass.control.run('app/register', { personId });
    await facepass.control.run('clock/advance', { ms: 90_000 });
    const { success } = await facepass.call('merchant/face-register-exist', { merchantUserKey: '000001' });
    expect(success).toMatchObject({ registered: false, auditStatus: 'FAILURE' });
    const { registrationEvents } = await facepass.control.run('truth', {});
    expect(registrationEvents.map(({ auditStatus, atMs }) => [auditStatus, atMs - noonMs])).toEqual([
      ['WAITING', 0],
      ['FAILURE', 60_000],
    ]);
  });
});

describe('face-register-prepare', () => {
  const path = 'merchant/face-register-prepare';
  const byCi = {
    encryptedName: kim.name,
    encryptedPhoneNumber: kim.phoneNumber,
    encryptedCI: 'C'.repeat(88),
  };
  const byBirthDate = {
    encryptedName: kim.name,
    encryptedEmail: 'a@b.kr',
    encryptedBirthDate: kim.birthDate,
  };

  it.each([
    ['CI', byCi],
    ['birth date', byBirthDate],
    ['both', { ...byCi, ...byBirthDate }],
  ])('opens the case of %s and gives a token that registers once', async (_, fields) => {
    const { success } = await facepass.call(path, { merchantUserKey: '000001', ...seal(fields) });
    expect(success).toEqual({
      completed: true,
      txId: expect.any(String),
      token: expect.stringMatching(/^eyJ/),
    });
    const token = String(success['token']);
    const register = () => facepass.control.run('sdk/register', { token });
    await expect(register()).resolves.toMatchObject({
      outcome: 'registered',
      registration: { txId: success['txId'] },
    });
    await expect(register()).resolves.toMatchObject({ outcome: 'token-refused' });
  });

  it('gives a token that says what it grants, to its own merchant, for an hour', async () => {
    const { success } = await facepass.call('merchant/verify-token', {});
    const check = (token: string) => facepass.control.run('sdk/check', { token });
    const token = String(success['token']);
    await expect(check(token)).resolves.toEqual({ outcome: 'valid', purpose: 'verify' });
    await expect(check(`${token.slice(0, -2)}AA`)).resolves.toEqual({ outcome: 'token-refused' });
    await expect(facepass.control.run('sdk/register', { token })).resolves.toMatchObject({
      outcome: 'token-refused',
    });
    await facepass.control.run('clock/advance', { ms: 3_600_000 });
    await expect(check(token)).resolves.toEqual({ outcome: 'token-refused' });
  });

  it('refuses a key that has a face', async () => {
    const body = { merchantUserKey: '000001', ...seal(byCi) };
    const { success } = await facepass.call(path, body);
    await facepass.control.run('sdk/register', { token: String(success['token']) });
    const again = await facepass.call(path, body);
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({
      resultType: 'FAIL',
      success: null,
      error: { errorCode: 'DUPLICATED_USERKEY' },
    });
  });

  it('refuses what was sealed for another key, until told to call that a bad request', async () => {
    const body = { merchantUserKey: '000001', ...sealWithNode(partner.publicKey, byCi) };
    const refused = await facepass.call(path, body);
    expect(refused).toMatchObject({ status: 200, body: { error: { errorCode: 'DECRYPTION_FAILED' } } });
    await facepass.control.run('merchants/configure', { personality: { decryptionFailure: 'bad-request' } });
    await expect(facepass.call(path, body)).resolves.toMatchObject({ status: 400 });
  });

  it.each([
    ['no name', { encryptedPhoneNumber: '01012341234', encryptedCI: 'C' }, 'encryptedName'],
    ['neither phone nor email', { encryptedName: '김', encryptedCI: 'C' }, 'encryptedPhoneNumber'],
    ['neither CI nor birth date', { encryptedName: '김', encryptedEmail: 'a@b.kr' }, 'encryptedCI'],
    ['a name of 51 bytes', { ...byCi, encryptedName: '가'.repeat(17) }, 'encryptedName'],
    ['name and phone swapped', { ...byCi, encryptedPhoneNumber: kim.name }, 'encryptedPhoneNumber'],
    ['a day that is none', { ...byBirthDate, encryptedBirthDate: '20250230' }, 'encryptedBirthDate'],
    ['an address without @', { ...byBirthDate, encryptedEmail: 'nobody' }, 'encryptedEmail'],
  ])('calls %s a bad request and names the field', async (_, fields: Record<string, string>, field) => {
    const { status, body } = await facepass.call(path, { merchantUserKey: '000001', ...seal(fields) });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { reason: expect.stringContaining(`${field}:`) } });
  });
});

describe('face-unregister', () => {
  it('forgets a face, and says of an unknown one what the personality says', async () => {
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: '000001' }));
    await facepass.control.run('app/register', { personId });
    const body = { merchantUserKey: '000001' };
    await expect(facepass.call('merchant/face-unregister', body)).resolves.toMatchObject({
      success: { completed: true },
    });
    const { success } = await facepass.call('merchant/face-register-exist', body);
    expect(success).toEqual({ registered: false, registeredTs: null, auditStatus: null });
    await expect(facepass.call('merchant/face-unregister', body)).resolves.toMatchObject({
      success: { completed: false },
    });
    await facepass.control.run('merchants/configure', { personality: { unregisterUnknown: 'fail' } });
    await expect(facepass.call('merchant/face-unregister', body)).resolves.toMatchObject({
      body: { resultType: 'FAIL' },
    });
  });
});

describe('encryption-test', () => {
  it('opens what fits and refuses a broken tag, unless it is told to prove nothing', async () => {
    const sealed = seal({ encryptedData: '홍길동' });
    const bytes = Buffer.from(sealed['encryptedData'] ?? '', 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const broken = { ...sealed, encryptedData: bytes.toString('base64') };
    const test = async (body: object) => (await facepass.call('merchant/encryption-test', body)).success;
    await expect(test(sealed)).resolves.toEqual({ success: true });
    await expect(test(broken)).resolves.toEqual({ success: false });
    await facepass.control.run('merchants/configure', { personality: { encryptionTestRefusal: 'accept' } });
    await expect(test(broken)).resolves.toEqual({ success: true });
  });

  it('refuses the former key after a rotation, unless that is kept', async () => {
    const test = async () =>
      (await facepass.call('merchant/encryption-test', seal({ encryptedData: 'x' }))).success['success'];
    await facepass.control.run('keys/rotate', { keepPrevious: true });
    await expect(test()).resolves.toBe(true);
    await facepass.control.run('keys/rotate', {});
    await expect(test()).resolves.toBe(false);
    vendorKey = String((await facepass.call('rsa-public-key', {})).success['rsaKey']);
    await expect(test()).resolves.toBe(true);
  });
});
