import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { simulatedWorld } from './facepass.ts';
import { freshStores, member, putMembers } from './world.ts';

freshStores();
afterEach(() => vi.restoreAllMocks());

const ci = `${'c'.repeat(85)}g==`;
const gildong = { name: '홍길동', phoneNumber: '01012345678', birthDate: '19900101', ci };
/** Has the number that was another's. */
const newOwner = { name: '김하나', phoneNumber: '01012345678', birthDate: '20010101' };

describe('a person who registers in the app of FacePass', () => {
  it.each(['ci', 'identity', 'phone', 'everything'] as const)('is found by %s', async (by) => {
    const { register } = await simulatedWorld();
    await putMembers(member('000001', { identity: gildong }));
    const { outcome, registration, checks } = await register(gildong, by);
    expect(outcome).toBe('registered');
    expect(registration).toMatchObject({ merchantUserKey: '000001' });
    // FacePass could compare both only where a number was all it had.
    const checked = by === 'phone' ? 'matched' : 'not-given';
    expect(checks).toEqual({ name: checked, birthDate: checked });
  });

  it('does not register under the former owner of a number', async () => {
    const { register } = await simulatedWorld();
    await putMembers(member('000001', { identity: gildong }));
    expect(await register(newOwner, 'phone')).toMatchObject({
      outcome: 'identity-mismatch',
      checks: { name: 'mismatched', birthDate: 'mismatched' },
      registration: null,
    });
    expect(await register(newOwner, 'identity')).toMatchObject({ outcome: 'refused' });
  });

  it('is compared by what the deployment answers, and by no more', async () => {
    await putMembers(member('000001', { identity: gildong }));
    const { register } = await simulatedWorld({ VALIDATE_ANSWER_FIELDS: 'birthDate' });
    expect((await register(gildong, 'ci')).checks).toEqual({ name: 'not-given', birthDate: 'matched' });
    expect((await register(gildong, 'identity')).checks).toEqual({
      name: 'not-given',
      birthDate: 'matched',
    });
  });

  it('registers under the txId that the deployment issues', async () => {
    await putMembers(member('000001', { identity: gildong }));
    const { register } = await simulatedWorld({ VALIDATE_ISSUE_TX_ID: 'true' });
    expect((await register(gildong, 'ci')).registration?.txId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is found with FacePass’s next key within the hour of a rotation', async () => {
    const hana = { name: '김하나', phoneNumber: '01099998888', birthDate: '20010101' };
    await putMembers(member('000001', { identity: gildong }), member('000002', { identity: hana }));
    const { register, control } = await simulatedWorld();
    expect((await register(gildong, 'phone')).outcome).toBe('registered');
    await control.run('keys/rotate', { keepPrevious: true });
    expect((await register(hana, 'phone')).outcome).toBe('registered');
  });

  it('is nobody where two members fit what is known', async () => {
    const { register } = await simulatedWorld();
    const twin = { ...gildong, ci: undefined };
    await putMembers(member('000001', { identity: twin }), member('000002', { identity: twin }));
    expect((await register(gildong, 'identity')).outcome).toBe('refused');
    expect((await register(gildong, 'phone')).outcome).toBe('refused');
    expect((await register(gildong, 'ci')).outcome).toBe('refused');
  });

  it('cannot be answered by a deployment whose key FacePass does not have', async () => {
    const { register } = await simulatedWorld({}, { publicKey: env.TEST_FOREIGN_PUBLIC_KEY });
    await putMembers(member('000001', { identity: gildong }));
    expect(await register(gildong, 'ci')).toMatchObject({
      outcome: 'unanswered',
      partner: { why: 'status', status: 400 },
    });
  });
});
