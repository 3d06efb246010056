import { connect } from 'node:net';
import { generateKeyPair } from '@facepass-kit/crypto';
import { describe, expect, it } from 'vitest';
import {
  createSimulator,
  createSimulatorControl,
  type StateRow,
  type StateStore,
  seededRandom,
} from '../src/index.ts';
import { startSimulator } from '../src/node.ts';
import { callerOf, credentials } from './support/facepass.ts';

const other = { clientId: 'client-b', clientSecret: 'secret-b' };

describe('a simulator', () => {
  it('keeps its merchants apart', async () => {
    const simulator = createSimulator({ merchants: [credentials, other] });
    const call = callerOf(simulator);
    const group = {
      deviceGroupName: 'a',
      enableLiveness: true,
      shouldSuccessResultSkip: false,
      shouldFailResultSkip: false,
    };
    const { success } = await call('merchant/create-device-group', group);
    const foreign = await call(`merchant/connected-device?groupId=${success['groupId']}`, undefined, other);
    expect(foreign.body).toMatchObject({ resultType: 'FAIL' });
    await simulator.control.run('merchants/configure', {
      clientId: other.clientId,
      personality: { size: 'ten' },
    });
    const { settings } = await simulator.control.run('truth', { clientId: credentials.clientId });
    expect(settings.personality.size).toBe('requested');
    await simulator.control.run('reset', { clientId: credentials.clientId });
    await expect(call('device-group')).resolves.toMatchObject({ status: 404 });
    await expect(call('merchant/device-group')).resolves.toMatchObject({ status: 401 });
    await expect(call('merchant/device-group', undefined, other)).resolves.toMatchObject({ status: 200 });
  });

  it('asks which merchant is meant where there are several', async () => {
    const simulator = createSimulator({ merchants: [credentials, other] });
    await expect(simulator.control.run('truth', {})).rejects.toMatchObject({ code: 'MERCHANT_REQUIRED' });
  });

  it('makes the same ids again from the same random numbers', async () => {
    const ids = async () => {
      const simulator = createSimulator({ random: seededRandom(7), now: () => 0 });
      const person = { name: '김하나', phoneNumber: '01012341234', birthDate: '19900101' };
      return simulator.control.run('persons/create', person);
    };
    expect(await ids()).toEqual(await ids());
  });

  it('refuses commands without its control token, malformed ones, and other content types', async () => {
    const simulator = createSimulator({ controlToken: 'secret' });
    const send = (headers: Record<string, string>, body: string) =>
      simulator.fetch(new Request('http://facepass.test/_sim/truth', { method: 'POST', headers, body }));
    const json = { 'content-type': 'application/json' };
    const authorization = 'Bearer secret';
    const statuses = [
      await send(json, '{}'),
      await send({ ...json, authorization: 'Bearer wrong' }, '{}'),
      await send({ authorization, 'content-type': 'text/plain' }, '{}'),
      await send({ ...json, authorization }, '{'),
      await send({ ...json, authorization }, '{"unknown":1}'),
      await send({ ...json, authorization }, '{}'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 401, 415, 400, 400, 200]);
    await expect(simulator.control.run('truth', {})).resolves.toMatchObject({ clientId: 'demo-client' });
  });

  it('goes on from its store, with another secret or after settings have grown', async () => {
    const rows = new Map<string, StateRow>();
    const store: StateStore = {
      load: () => [...rows.values()],
      put: (row) => void rows.set(JSON.stringify([row.scope, row.kind, row.key]), structuredClone(row)),
      delete: (scope, kind, key) => void rows.delete(JSON.stringify([scope, kind, key])),
      clear: () => rows.clear(),
    };
    const first = createSimulator({ store, merchants: [credentials] });
    await first.control.run('merchants/configure', { personality: { size: 'ten' } });
    await first.control.run('records/verifications', { items: [{ atMs: 0 }] });
    for (const { kind, value } of rows.values()) {
      if (kind === 'settings') delete Object(value).personality.hasMore;
    }
    const newSecret = { ...credentials, clientSecret: 'another' };
    const second = createSimulator({ store, merchants: [newSecret] });
    await expect(callerOf(second)('rsa-public-key', {}, newSecret)).resolves.toMatchObject({ status: 200 });
    const { settings, verifications } = await second.control.run('truth', {});
    expect([settings.personality.size, settings.personality.hasMore]).toEqual(['ten', 'more-follow']);
    expect(verifications).toHaveLength(1);
  });

  it('takes a key pair, so that many simulators need not make many', async () => {
    const keyPair = await generateKeyPair();
    const simulator = createSimulator({ keyPair, merchants: [credentials] });
    const { success } = await callerOf(simulator)('rsa-public-key', {});
    expect(success['rsaKey']).toBe(keyPair.publicKeySpkiBase64);
  });

  it('makes up as many records as asked', async () => {
    const { control } = createSimulator();
    const generate = { count: 1000, fromMs: 0, toMs: 86_400_000, resultCodes: ['FACE_NOT_FOUND' as const] };
    await control.run('records/verifications', { generate });
    await control.run('records/registrations', { generate: { count: 10, fromMs: 0, toMs: 1000 } });
    const { verifications, registrationEvents } = await control.run('truth', {});
    expect([verifications.length, registrationEvents.length]).toEqual([1000, 10]);
    expect(new Set(verifications.map(({ resultCode }) => resultCode))).toEqual(
      new Set([null, 'FACE_NOT_FOUND']),
    );
  });
});

/** Asks for a token over a bare socket: what came back, and how the connection ended. */
function requestOverSocket(port: number): Promise<{ text: string; code: string | undefined }> {
  const body = 'grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret';
  const head = `POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n`;
  return new Promise((resolve) => {
    let text = '';
    let code: string | undefined;
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(`${head}content-type: application/x-www-form-urlencoded\r\n\r\n${body}`);
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    socket.on('close', () => resolve({ text, code }));
  });
}

describe('a simulator on a socket', () => {
  it('answers there, and its control client reaches it', async () => {
    const running = await startSimulator();
    try {
      expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const control = createSimulatorControl({ url: running.url, clientId: 'demo-client' });
      await expect(control.run('truth', {})).resolves.toMatchObject({ clientId: 'demo-client' });
    } finally {
      await running.close();
    }
    await expect(fetch(running.url)).rejects.toThrow();
  });

  it.each([
    ['before-headers', 'ECONNRESET', /^$/],
    ['mid-body', undefined, /^HTTP\/1\.1 200 [\s\S]*\{"access_token":"[^}]*$/],
  ] as const)('breaks the connection: %s', async (when, expectedCode, expectedText) => {
    const running = await startSimulator();
    try {
      await running.control.run('merchants/configure', {
        faults: { rules: [{ fault: { kind: 'reset', when } }] },
      });
      const { code, text } = await requestOverSocket(Number(new URL(running.url).port));
      expect(code).toBe(expectedCode);
      expect(text).toMatch(expectedText);
    } finally {
      await running.close();
    }
  });

  it('is slow over it, headers or body', async () => {
    const waits: number[] = [];
    const running = await startSimulator({ sleep: async (ms) => void waits.push(ms) });
    try {
      for (const kind of ['slow-headers', 'slow-body'] as const) {
        const faults = { rules: [{ fault: { kind, delayMs: 77 } }] };
        await running.control.run('merchants/configure', { faults });
        const form = {
          grant_type: 'client_credentials',
          client_id: 'demo-client',
          client_secret: 'demo-secret',
        };
        const response = await fetch(`${running.url}/token`, {
          method: 'POST',
          body: new URLSearchParams(form),
        });
        await expect(response.json()).resolves.toMatchObject({ token_type: 'Bearer' });
      }
      expect(waits).toEqual([77, 77]);
    } finally {
      await running.close();
    }
  });

  it('says so when its port is taken', async () => {
    const running = await startSimulator();
    const port = Number(new URL(running.url).port);
    await expect(startSimulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await running.close();
  });
});
