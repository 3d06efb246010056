import { evictDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { createSimulatorControl } from '../../src/control/client.ts';
import { demoMerchant } from '../../src/simulator.ts';
import type { SimulatorWorld } from '../../src/worker.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      WORLD: DurableObjectNamespace<SimulatorWorld>;
    }
    interface GlobalProps {
      mainModule: typeof import('../../src/worker.ts');
    }
  }
}

const url = 'http://facepass.test';
const send = (request: Request) => exports.default.fetch(request);
const control = createSimulatorControl({ url, fetch: send });

async function accessToken(): Promise<string> {
  const response = await send(
    new Request(`${url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: demoMerchant.clientId,
        client_secret: demoMerchant.clientSecret,
      }),
    }),
  );
  const { access_token } = await response.json<{ access_token: string }>();
  return access_token;
}

async function post(path: string, token: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const request = new Request(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await send(request)).json();
}

describe('the Worker', () => {
  afterEach(async () => {
    await control.run('reset', {});
  });

  it('gives tokens and answers with them', async () => {
    const answer = await post('/api/v1/rsa-public-key', await accessToken(), {});
    expect(answer).toMatchObject({
      resultType: 'SUCCESS',
      success: { rsaKey: expect.stringMatching(/^MII/) },
    });
  });

  it('breaks an answer off in its body, the socket being out of reach', async () => {
    const faults = { rules: [{ fault: { kind: 'reset' as const, when: 'mid-body' as const } }] };
    await control.run('merchants/configure', { faults });
    const form = { grant_type: 'client_credentials', client_id: demoMerchant.clientId };
    const body = new URLSearchParams({ ...form, client_secret: demoMerchant.clientSecret });
    const response = await send(new Request(`${url}/token`, { method: 'POST', body }));
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('remembers its keys, tokens, settings and records when it starts again', async () => {
    const token = await accessToken();
    const key = await post('/api/v1/rsa-public-key', token, {});
    await control.run('merchants/configure', { personality: { size: 'count' }, partner: { timeoutMs: 7 } });
    await control.run('clock/freeze', { atMs: Date.UTC(2026, 0, 9) });
    await control.run('records/verifications', {
      items: [{ atMs: Date.UTC(2026, 0, 8, 2) }, { atMs: Date.UTC(2026, 0, 8, 1) }],
    });
    const before = await control.run('truth', {});

    await evictDurableObject(env.WORLD.getByName('world'));

    await control.run('records/verifications', { items: [{ atMs: Date.UTC(2026, 0, 8, 3) }] });
    const after = await control.run('truth', {});
    expect(after.settings).toEqual(before.settings);
    expect(after.nowMs).toBe(before.nowMs);
    expect(after.verifications.map(({ id }) => id)).toEqual(['2', '1', '3']);
    expect(await post('/api/v1/rsa-public-key', token, {})).toEqual(key);
  });
});
