import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { adminClient, ask, freshStores } from './world.ts';

freshStores();

const callback = { merchantUserKey: 'marked-000001', txId: 'tx-1', registered: true };
const stored = async () => await env.DB.prepare('SELECT * FROM registration_events').all();

describe('the registration callback (B3)', () => {
  it('is recorded once, however often it is delivered', async () => {
    const first = await ask('/v1/callback/registered', callback);
    const again = await ask('/v1/callback/registered', callback);
    expect(first).toEqual({ status: 200, body: {} });
    expect(again).toEqual(first);
    expect((await stored()).results).toHaveLength(1);
  });

  it('is another event for another outcome, person or transaction', async () => {
    for (const body of [
      callback,
      { ...callback, registered: false },
      { ...callback, txId: 'tx-2' },
      { ...callback, merchantUserKey: 'other' },
    ]) {
      await ask('/v1/callback/registered', body);
    }
    expect((await stored()).results).toHaveLength(4);
  });

  it('is told to whoever follows, in the order in which it came, once', async () => {
    for (const txId of ['tx-1', 'tx-1', 'tx-2']) await ask('/v1/callback/registered', { ...callback, txId });
    const [first, second, ...others] = await adminClient().registrations();
    expect(first).toMatchObject({ txId: 'tx-1', registered: true });
    expect(second).toMatchObject({ txId: 'tx-2', person: first?.person });
    expect(others).toEqual([]);
    await ask('/v1/callback/registered', { ...callback, registered: false });
    const after = second?.sequence ?? 0;
    expect(await adminClient().registrations({ after })).toMatchObject([{ txId: 'tx-1', registered: false }]);
    expect(await adminClient().registrations({ limit: 1 })).toEqual([first]);
  });

  it('stores no key in the clear', async () => {
    await ask('/v1/callback/registered', callback);
    expect(JSON.stringify((await stored()).results)).not.toContain('marked');
  });
});
