import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandInput } from '../src/index.ts';
import { createFacePass, type FacePass } from './support/facepass.ts';
import { createScriptedPartner, partnerUrl, type ScriptedPartner } from './support/partner.ts';

const group = {
  deviceGroupName: '1층 게이트',
  enableLiveness: false,
  shouldSuccessResultSkip: true,
  shouldFailResultSkip: true,
  tags: { floor: '1', gate: 'A' },
};

let facepass: FacePass;
let partner: ScriptedPartner;
let groupId: string;
let deviceId: string;

beforeEach(async () => {
  partner = createScriptedPartner();
  facepass = await createFacePass({ fetch: partner.fetch });
  await facepass.control.run('merchants/configure', { partner: { baseUrl: partnerUrl } });
  groupId = String((await facepass.call('merchant/create-device-group', group)).success['groupId']);
  deviceId = await connect({});
});

async function connect(setup: Partial<CommandInput<'devices/connect'>>): Promise<string> {
  const { success } = await facepass.call('merchant/init-device', { groupId });
  const verifyCode = String(success['verifyCode']);
  return (await facepass.control.run('devices/connect', { verifyCode, ...setup })).deviceId;
}

function walkUp(attempt: Partial<CommandInput<'gate/verify'>> = {}) {
  return facepass.control.run('gate/verify', { deviceId, merchantUserKey: '000001', ...attempt });
}

async function history(): Promise<unknown> {
  const range = { startTs: '2026-01-09T00:00:00', endTs: '2026-01-10T00:00:00' };
  return (await facepass.call('merchant/face-verify-history', range)).success['items'];
}

describe('a gate', () => {
  it('asks with the tags of its group under its own params, opens and records', async () => {
    partner.answer('/v1/access/permissions', () => ({ verified: true, code: 'A0001' }));
    const second = await connect({ params: { gate: 'B' } });
    const result = await walkUp({ deviceId: second, params: { lane: 2 } });
    const params = { floor: '1', gate: 'B', lane: 2 };
    expect(partner.questions.map(({ body }) => body)).toEqual([{ merchantUserKey: '000001', params }]);
    expect(result.outcome).toBe('opened');
    await expect(history()).resolves.toEqual([
      {
        id: '1',
        merchantUserKey: '000001',
        status: 'SUCCESS',
        resultCode: null,
        customCode: 'A0001',
        deviceId: second,
        transactionId: expect.any(String),
        params,
        verifyTs: '2026-01-09T12:00:00',
      },
    ]);
  });

  it('stays closed on a denial and records why', async () => {
    partner.answer('/v1/access/permissions', () => ({ verified: false, code: 'D0002' }));
    await expect(walkUp()).resolves.toMatchObject({
      outcome: 'denied',
      verification: { status: 'FAIL', resultCode: 'MERCHANT_VALIDATION_FAILED', customCode: 'D0002' },
    });
  });

  it.each([
    ['text for a boolean', { verified: 'true' }],
    ['no boolean', {}],
    ['a list', [true]],
    ['an error', Response.json({ verified: true }, { status: 500 })],
    ['no JSON', new Response('verified')],
  ])('stays closed on %s', async (_, answer) => {
    partner.answer('/v1/access/permissions', () => answer);
    await expect(walkUp()).resolves.toMatchObject({ outcome: 'denied', verification: { status: 'FAIL' } });
  });

  it('stays closed when the partner takes too long, and gives up on it', async () => {
    const waits: number[] = [];
    const impatient = await createFacePass({
      sleep: async (ms) => void waits.push(ms),
      fetch: (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason), { once: true });
        }),
    });
    facepass = impatient;
    await impatient.control.run('merchants/configure', { partner: { baseUrl: partnerUrl, timeoutMs: 1234 } });
    groupId = String((await impatient.call('merchant/create-device-group', group)).success['groupId']);
    deviceId = await connect({});
    await expect(walkUp()).resolves.toMatchObject({
      outcome: 'denied',
      partner: { answered: false, why: 'timeout' },
      verification: { resultCode: 'MERCHANT_VALIDATION_FAILED' },
    });
    expect(waits).toEqual([1234]);
  });

  it.each([
    ['repeat', '가'.repeat(19), 'customMessage'],
    ['repeat', '가'.repeat(20), 'default'],
    ['ticket', '가'.repeat(38), 'customMessage'],
    ['ticket', '가'.repeat(39), 'default'],
  ] as const)(
    'shows in %s mode a message of its length: %s from %s',
    async (display, customMessage, source) => {
      const device = await connect({ display });
      await facepass.control.run('merchants/configure', { codeTexts: { A0001: '환영합니다' } });
      partner.answer('/v1/access/permissions', () => ({ verified: true, customMessage, code: 'A0001' }));
      expect((await walkUp({ deviceId: device })).shown.source).toBe(source);
    },
  );

  it('shows the text stored for a code, and its own for an unknown or too long one', async () => {
    await facepass.control.run('merchants/configure', { codeTexts: { A0001: '환영합니다' } });
    const answers = [{ code: 'A0001' }, { code: 'A0002' }, { code: 'A'.repeat(51) }];
    const shown = [];
    for (const answer of answers) {
      partner.answer('/v1/access/permissions', () => ({ verified: true, ...answer }));
      const { shown: text, problems, verification } = await walkUp();
      shown.push([text.source, problems.length, verification.customCode]);
    }
    expect(shown).toEqual([
      ['code', 0, 'A0001'],
      ['default', 0, 'A0002'],
      ['default', 1, null],
    ]);
  });

  it('asks nobody about a face it does not know or cannot see', async () => {
    const results = [];
    for (const face of ['unknown', 'undetectable', 'several'] as const) {
      results.push((await walkUp({ face })).verification.resultCode);
    }
    expect(results).toEqual(['FACE_NOT_FOUND', 'FACE_DETECT_FAILED', 'DUPLICATE_FACE']);
    expect(partner.questions).toEqual([]);
    const [first] = Array.isArray(await history()) ? Object(await history()) : [];
    expect(first).not.toHaveProperty('merchantUserKey');
  });

  it('is fooled by a photo only where its group does not look for life', async () => {
    partner.answer('/v1/access/permissions', () => ({ verified: true }));
    await expect(walkUp({ face: 'photo' })).resolves.toMatchObject({ outcome: 'opened' });
    await facepass.call('merchant/modify-device-group', { ...group, groupId, enableLiveness: true });
    await expect(walkUp({ face: 'photo' })).resolves.toMatchObject({
      outcome: 'denied',
      verification: { resultCode: 'FACE_DETECT_FAILED' },
    });
  });

  it('records a QR attempt without a transaction', async () => {
    partner.answer('/v1/access/permissions', () => ({ verified: true }));
    await walkUp({ method: 'qr' });
    const items = await history();
    expect(items).toEqual([expect.not.objectContaining({ transactionId: expect.anything() })]);
  });

  it('recognises a person once their face has passed its audit', async () => {
    const identity = { name: '김하나', phoneNumber: '01012341234', birthDate: '19900101' };
    await facepass.control.run('merchants/configure', { partner: { publicKey: partner.publicKey } });
    const { personId } = await facepass.control.run('persons/create', identity);
    partner.answer('/v1/user/validate', () => ({ merchantUserKey: '000007' }));
    partner.answer('/v1/callback/registered', () => ({}));
    partner.answer('/v1/access/permissions', () => ({ verified: true }));
    const attempt = async () =>
      (await facepass.control.run('gate/verify', { deviceId, personId })).verification;
    await expect(attempt()).resolves.toMatchObject({ resultCode: 'FACE_NOT_FOUND' });
    await facepass.control.run('app/register', { personId });
    await expect(attempt()).resolves.toMatchObject({ resultCode: 'FACE_NOT_FOUND' });
    await facepass.control.run('app/complete', { merchantUserKey: '000007' });
    await expect(attempt()).resolves.toMatchObject({ status: 'SUCCESS', merchantUserKey: '000007' });
    await facepass.call('merchant/face-unregister', { merchantUserKey: '000007' });
    await expect(attempt()).resolves.toMatchObject({ resultCode: 'FACE_NOT_FOUND' });
  });
});

describe('connecting a device', () => {
  it('takes a code of eight digits once', async () => {
    const { success } = await facepass.call('merchant/init-device', { groupId, deviceName: 'TABLET-1' });
    const verifyCode = String(success['verifyCode']);
    expect(success).toEqual({
      verifyCode: expect.stringMatching(/^\d{8}$/),
      expireTs: '2026-01-09T12:10:00',
    });
    await expect(facepass.control.run('devices/connect', { verifyCode })).resolves.toMatchObject({
      deviceName: 'TABLET-1',
    });
    await expect(facepass.control.run('devices/connect', { verifyCode })).rejects.toMatchObject({
      code: 'CODE_REFUSED',
    });
  });

  it('refuses a code that has expired', async () => {
    const { success } = await facepass.call('merchant/init-device', { groupId });
    await facepass.control.run('clock/advance', { ms: 600_000 });
    const verifyCode = String(success['verifyCode']);
    await expect(facepass.control.run('devices/connect', { verifyCode })).rejects.toMatchObject({
      status: 409,
    });
  });

  it('shows it in its group until it is deactivated by id or name', async () => {
    const named = await connect({ deviceName: 'TABLET-2' });
    const connected = async () =>
      (await facepass.call(`merchant/connected-device?groupId=${groupId}`)).success;
    await expect(connected()).resolves.toEqual({
      devices: [
        { deviceId, deviceName: null },
        { deviceId: named, deviceName: 'TABLET-2' },
      ],
    });
    const path = 'merchant/deactivate-device';
    await expect(facepass.call(path, { groupId, deviceName: 'TABLET-2' })).resolves.toMatchObject({
      success: { completed: true },
    });
    await expect(facepass.call(path, { groupId, deviceId: named })).resolves.toMatchObject({
      body: { resultType: 'FAIL' },
    });
    await expect(facepass.call(path, { groupId })).resolves.toMatchObject({ status: 400 });
    await expect(connected()).resolves.toMatchObject({ devices: [{ deviceId }] });
  });
});

describe('device groups', () => {
  it('are listed page after page as they were made, by ULID', async () => {
    const names = [group.deviceGroupName];
    for (let i = 2; i <= 5; i += 1) {
      await facepass.control.run('clock/advance', { ms: 1 });
      names.push(`${i}층`);
      await facepass.call('merchant/create-device-group', { ...group, deviceGroupName: `${i}층` });
    }
    const seen: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page += 1) {
      const { success } = await facepass.call(
        `merchant/device-group?size=2${cursor && `&nextCursor=${cursor}`}`,
      );
      expect(success['hasMore']).toBe(page < 2);
      seen.push(...Object(success['items']));
      cursor = String(success['nextCursor']);
    }
    expect(seen.map((item) => Object(item).deviceGroupName)).toEqual(names);
    expect(seen[0]).toEqual({ ...group, groupId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/) });
  });

  it('go only when no device is left in them', async () => {
    const remove = () => facepass.call('merchant/delete-device-group', { groupId });
    await expect(remove()).resolves.toMatchObject({
      body: { error: { errorCode: 'DEVICE_GROUP_HAS_DEVICES' } },
    });
    await facepass.call('merchant/deactivate-device', { groupId, deviceId });
    await expect(remove()).resolves.toMatchObject({ success: { completed: true } });
    await expect(remove()).resolves.toMatchObject({
      body: { error: { errorCode: 'DEVICE_GROUP_NOT_FOUND' } },
    });
  });

  it('keep their tags when a change leaves them out', async () => {
    const { tags: _, ...rest } = group;
    await facepass.call('merchant/modify-device-group', { ...rest, groupId, deviceGroupName: '지하' });
    const { deviceGroups } = await facepass.control.run('truth', {});
    expect(deviceGroups).toEqual([{ ...group, groupId, deviceGroupName: '지하' }]);
  });

  it('need every field the guide requires, as the type it names', async () => {
    const wrong = await facepass.call('merchant/create-device-group', { ...group, enableLiveness: 'yes' });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toMatchObject({ error: { reason: expect.stringContaining('enableLiveness:') } });
  });
});
