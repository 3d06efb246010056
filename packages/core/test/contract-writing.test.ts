import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { sampleAnswers, sampleRequests } from '../conformance/fixtures/guide-samples.ts';
import * as contract from '../src/contract.ts';
import * as partner from '../src/partner.ts';

/** Paths of what is wrong with a value, in the order the schema finds it. */
function issuePaths(schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

/** 50 bytes of UTF-8 and one more, in characters of one and of three bytes. */
const fits = ['a'.repeat(50), `${'홍'.repeat(16)}ab`];
const tooLong = ['a'.repeat(51), '홍'.repeat(17), '👨‍👩‍👧'.repeat(3)];

describe('what is written to FacePass', () => {
  it.each([
    ['a name', contract.personName],
    ['an email address', contract.emailAddress],
    ['a response code', contract.responseCode],
  ])('%s has at most 50 bytes, not characters', (_what, schema) => {
    for (const text of fits) expect(issuePaths(schema, text)).toEqual([]);
    for (const text of tooLong) expect(issuePaths(schema, text)).toEqual(['']);
  });

  it('a name that came decomposed is written composed, and measured so', () => {
    const decomposed = '홍길동'.normalize('NFD').repeat(5);
    expect(new TextEncoder().encode(decomposed).length).toBeGreaterThan(50);
    expect(contract.personName.parse(decomposed)).toBe('홍길동'.repeat(5));
  });

  it('a phone number is 10 or 11 digits, a birth date 8, and Arabic-Indic digits are none', () => {
    for (const good of ['0212345678', '01012345678'])
      expect(issuePaths(contract.phoneNumber, good)).toEqual([]);
    for (const bad of ['010123456789', '010-1234-567', '+821012345', '٠١٠١٢٣٤٥٦٧٨', '']) {
      expect(issuePaths(contract.phoneNumber, bad)).toEqual(['']);
    }
    expect(issuePaths(contract.birthDate, '20250101')).toEqual([]);
    for (const bad of ['250101', '2025-01-01', '202501011']) {
      expect(issuePaths(contract.birthDate, bad)).toEqual(['']);
    }
  });

  it('prepare needs CI or birth date, and phone or email', () => {
    const { encryptedCI: _ci, ...noCi } = sampleRequests.prepareByCi;
    expect(issuePaths(contract.prepareRequest, noCi)).toEqual(['encryptedCI']);
    const { encryptedPhoneNumber: _phone, ...noPhone } = sampleRequests.prepareByCi;
    expect(issuePaths(contract.prepareRequest, noPhone)).toEqual(['encryptedPhoneNumber']);
    expect(issuePaths(contract.prepareRequest, { ...noPhone, encryptedEmail: 'bWFpbA==' })).toEqual([]);
  });

  it('a misspelt field is refused instead of being sent for nothing', () => {
    expect(issuePaths(contract.unregisterRequest, { merchantUserKey: '1', merchantUserkey: '1' })).toEqual([
      '',
    ]);
  });

  it('a range is written with T and whole seconds, and exists', () => {
    const history = sampleRequests.registrationHistory;
    for (const startTs of [
      '2024-01-01 00:00:00',
      '2024-01-01T00:00:00Z',
      '2024-01-01',
      '2024-02-30T00:00:00',
    ]) {
      expect(issuePaths(contract.registrationHistoryRequest, { ...history, startTs })).toEqual(['startTs']);
    }
  });

  it('a page has a whole number of rows from 1', () => {
    for (const size of [0, -1, 1.5, '10']) {
      expect(issuePaths(contract.deviceGroupsRequest, { size })).toEqual(['size']);
    }
  });

  it('the answer to B1 carries key and IV whenever it carries a sealed field', () => {
    const { encryptedKey: _key, iv: _iv, ...unsealed } = sampleAnswers.validate;
    expect(issuePaths(partner.validateAnswer, unsealed)).toEqual(['encryptedKey', 'iv']);
    expect(issuePaths(partner.validateAnswer, { merchantUserKey: '000001' })).toEqual([]);
    expect(issuePaths(partner.validateAnswer, { merchantUserKey: null, message: 'no', code: null })).toEqual(
      [],
    );
    expect(issuePaths(partner.validateAnswer, {})).toEqual(['merchantUserKey']);
    expect(issuePaths(partner.validateAnswer, { merchantUserKey: '' })).toEqual(['merchantUserKey']);
  });

  it('the answers to B2 and B3 keep the code within 50 bytes', () => {
    const code = '코'.repeat(17);
    expect(issuePaths(partner.permissionsAnswer, { verified: true, code })).toEqual(['code']);
    expect(issuePaths(partner.registeredCallbackAnswer, { code })).toEqual(['code']);
    expect(issuePaths(partner.permissionsAnswer, { customMessage: 'x' })).toEqual(['verified']);
  });
});

describe('what FacePass asks a partner', () => {
  it('is read with fields that no guide names', () => {
    const request = { ...sampleRequests.permissions, deviceId: 'IPAD001', requestedAt: 1 };
    expect(partner.permissionsRequest.parse(request)).toEqual(request);
    const callback = { ...sampleRequests.registered, extra: null };
    expect(partner.registeredCallback.parse(callback)).toEqual(callback);
  });

  it('may say null for what it does not send', () => {
    const { encryptedName: _, ...bare } = sampleRequests.validateByPhone;
    const parsed = partner.validateRequest.parse({ ...bare, encryptedName: null, encryptedCI: null });
    expect(parsed.encryptedName).toBeUndefined();
    expect(parsed.encryptedPhoneNumber).toBe(bare.encryptedPhoneNumber);
  });

  it.each<[string, z.ZodType, unknown, string[]]>([
    ['B1 without a person', partner.validateRequest, { encryptedKey: 'a', iv: 'b' }, ['encryptedCI']],
    ['B1 without its key', partner.validateRequest, { encryptedCI: 'a', iv: 'b' }, ['encryptedKey']],
    [
      'B1 with a number',
      partner.validateRequest,
      { encryptedCI: 1, encryptedKey: 'a', iv: 'b' },
      ['encryptedCI'],
    ],
    ['B2 without params', partner.permissionsRequest, { merchantUserKey: '1' }, ['params']],
    ['B2 with a list', partner.permissionsRequest, { merchantUserKey: '1', params: [] }, ['params']],
    ['B2 without a key', partner.permissionsRequest, { params: {} }, ['merchantUserKey']],
    [
      'B2 with an empty key',
      partner.permissionsRequest,
      { merchantUserKey: '', params: {} },
      ['merchantUserKey'],
    ],
    ['B3 without txId', partner.registeredCallback, { merchantUserKey: '1', registered: true }, ['txId']],
    [
      'B3 with a text',
      partner.registeredCallback,
      { merchantUserKey: '1', txId: 't', registered: 'true' },
      ['registered'],
    ],
    ['something else', partner.permissionsRequest, 'text', ['']],
  ])('%s is refused, naming the field', (_what, schema, value, paths) => {
    expect(issuePaths(schema, value)).toEqual(paths);
  });
});
