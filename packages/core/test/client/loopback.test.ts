import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CallOptions,
  createFacePassClient,
  type FacePassClientOptions,
  FacePassConnectionError,
  FacePassHttpError,
  FacePassProtocolError,
  FacePassTimeoutError,
} from '../../src/client.ts';
import {
  type Behavior,
  type MisbehavingServer,
  registered,
  respond,
  startServer,
} from './misbehaving-server.ts';

/** Short enough to wait for, where nothing comes. Where something does, a busy machine gets the client's own limit. */
const PATIENCE_MS = 400;

const servers: MisbehavingServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** Each request gets the next behavior; the last one repeats. The token endpoint always behaves. */
async function facing(behaviors: readonly Behavior[], options: Partial<FacePassClientOptions> = {}) {
  let count = 0;
  const server = await startServer((socket, request) => {
    if (request.startsWith('POST /token')) {
      return respond(socket, JSON.stringify({ access_token: 'loopback-token', expires_in: 3600 }));
    }
    count++;
    return behaviors[Math.min(count, behaviors.length) - 1]?.(socket, request);
  });
  servers.push(server);
  const client = createFacePassClient({
    clientId: 'client',
    clientSecret: 'secret',
    baseUrl: server.url,
    tokenUrl: `${server.url}/token`,
    maxRetries: 0,
    random: () => 0,
    ...options,
  });
  const asked = () => server.requests.filter((request) => !request.startsWith('POST /token'));
  return { server, asked, call: (own?: CallOptions) => client.registrations.status('000001', own) };
}

const good: Behavior = (socket) => respond(socket, registered);

describe('over a real connection', () => {
  it('a plain answer is read, connection after connection', async () => {
    const { call, asked } = await facing([good]);
    expect(await call()).toEqual({ registered: true });
    expect(await call()).toEqual({ registered: true });
    expect(asked()).toHaveLength(2);
  });

  it('a port where nobody listens was never reached', async () => {
    const gone = await startServer(() => undefined);
    await gone.stop();
    const { call } = await facing([good], { baseUrl: gone.url });
    await expect(call()).rejects.toMatchObject({
      code: 'connection_error',
      reached: 'no',
      systemCode: 'ECONNREFUSED',
    });
  });

  it.each<[string, Behavior]>([
    ['reset', (socket) => void socket.resetAndDestroy()],
    ['closed', (socket) => void socket.destroy()],
    ['answered with something that is not HTTP', (socket) => void socket.end('hello\r\n\r\n')],
  ])('a request that is %s may have been seen', async (_what, behavior) => {
    const { call } = await facing([behavior]);
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FacePassConnectionError);
    expect(error).toMatchObject({ reached: 'unknown', attempts: 1 });
  });

  it.each<[string, Behavior]>([
    [
      'reset',
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n${registered}`);
        setTimeout(() => socket.resetAndDestroy(), 20);
      },
    ],
    [
      'closed early',
      (socket) =>
        void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 900\r\nconnection: close\r\n\r\n${registered}`),
    ],
    [
      'cut off between chunks',
      (socket) => void socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"res\r\n`),
    ],
  ])('a body that is %s is truncated, even where what came would parse', async (_what, behavior) => {
    const { call } = await facing([behavior]);
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FacePassProtocolError);
    expect(error).toMatchObject({ problem: 'truncated' });
  });

  it.each<[string, Behavior]>([
    ['no headers', () => undefined],
    ['headers and no body', (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n')],
    [
      'a body drop by drop',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
        const drops = setInterval(() => socket.write('1\r\n \r\n'), 50);
        socket.on('close', () => clearInterval(drops));
      },
    ],
  ])('a server that sends %s runs into the timeout', async (_what, behavior) => {
    const { call } = await facing([good, behavior]);
    // With a token at hand the time is all the slow answer's.
    await call();
    const error = await call({ timeoutMs: PATIENCE_MS }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FacePassTimeoutError);
    expect(error).toMatchObject({ limit: 'attempt', timeoutMs: PATIENCE_MS, attempts: 1 });
  });

  it('a read survives a reset, a truncated body and a page of HTML in a row', async () => {
    const reset: Behavior = (socket) => void socket.resetAndDestroy();
    const cut: Behavior = (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"res');
    const html: Behavior = (socket) => respond(socket, '<html>back soon</html>');
    const { call, asked } = await facing([reset, cut, html, good], { maxRetries: 3 });
    expect(await call()).toEqual({ registered: true });
    expect(asked()).toHaveLength(4);
  });

  it('a redirect is not followed, so that no other server gets the token', async () => {
    const elsewhere = await facing([good]);
    const redirect: Behavior = (socket) =>
      void socket.write(
        `HTTP/1.1 307 Temporary\r\nlocation: ${elsewhere.server.url}/\r\ncontent-length: 0\r\n\r\n`,
      );
    const { call } = await facing([redirect]);
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FacePassHttpError);
    expect(error).toMatchObject({ status: 307 });
    expect(elsewhere.server.requests).toEqual([]);
  });

  it('an aborted call closes its connection', async () => {
    const stop = new AbortController();
    let closed: () => void = () => undefined;
    const wasClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = await startServer((socket, request) => {
      if (request.startsWith('POST /token')) return respond(socket, '{"access_token":"t","expires_in":60}');
      socket.on('close', closed);
      return stop.abort();
    });
    servers.push(server);
    const { url } = server;
    const client = createFacePassClient({
      clientId: 'c',
      clientSecret: 's',
      baseUrl: url,
      tokenUrl: `${url}/token`,
    });
    const call = client.registrations.status('000001', { signal: stop.signal });
    await expect(call).rejects.toMatchObject({ name: 'AbortError', code: 'aborted' });
    await wasClosed;
  });

  it('errors show neither token nor body, however Node prints them', async () => {
    const { call } = await facing([(socket) => respond(socket, '{"resultType":"홍길동"}')]);
    const error = await call().catch((thrown: unknown) => thrown);
    const printed = inspect(error, { depth: null, showHidden: true });
    expect(printed).toContain('protocol_error');
    expect(printed).not.toMatch(/홍길동|loopback-token|000001/);
  });
});
