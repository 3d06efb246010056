import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdminClient, createAdminClient } from '@facepass-kit/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stopAll } from './lib/child-group.ts';
import { generateLocalSecrets, type LocalSecrets } from './lib/local-secrets.ts';
import { freePorts } from './lib/ports.ts';
import { startStack } from './lib/stack.ts';

const START_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 60_000;

const rules = `
sites: [{ id: hq, timeZone: Asia/Seoul }]
groups: [{ id: staff }]
zones: [{ id: door, match: { door: front }, direction: in }]
rules: [{ id: staff, effect: permit, who: { groups: [staff] }, zones: [door] }]
tests:
  - name: staff come in
    member: { groups: [staff] }
    params: { door: front }
    at: 2026-12-01T12:00:00+09:00
    expect: { effect: permit }
`;
const failing = rules.replace('expect: { effect: permit }', 'expect: { effect: deny }');

const folder = mkdtempSync(join(tmpdir(), 'facepass-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(text: string): string {
  const file = join(folder, 'access.yaml');
  writeFileSync(file, text);
  return file;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as `pnpm run rules` does. */
async function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const { EDGE_URL: _, ADMIN_TOKEN: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'rules.ts'), ...args], {
    env: { ...inherited, ...environment, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...said };
}

const why = ['--by', 'tests', '--reason', 'a test'];

describe('the command', () => {
  it('checks without a network: 0 where nothing is wrong, 1 where something is', {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    expect(await run(['check', written(rules)])).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await run(['check', written(failing)]);
    expect(code).toBe(1);
    expect(stdout).toContain('test "staff come in" fails');
    const { code: same, stdout: json } = await run(['check', written(failing), '--json']);
    expect(same).toBe(1);
    expect(JSON.parse(json)).toMatchObject({ ok: false, errors: [expect.stringContaining('staff come in')] });
  });

  it('says with 2 what is wrong with how it was called', { timeout: RUN_TIMEOUT_MS }, async () => {
    const file = written(rules);
    for (const [args, environment, problem] of [
      [[], {}, 'check or publish?'],
      [['check'], {}, 'Which file?'],
      [['check', join(folder, 'nowhere.yaml')], {}, 'cannot be read'],
      [['publish', file, ...why], {}, 'EDGE_URL'],
      [['publish', file, ...why], { EDGE_URL: 'doors', ADMIN_TOKEN: 't' }, 'EDGE_URL'],
      [['publish', file], { EDGE_URL: 'http://127.0.0.1:1', ADMIN_TOKEN: 't' }, '--reason'],
    ] as const) {
      const { code, stderr } = await run(args, environment);
      expect(stderr).toContain(problem);
      expect(code, problem).toBe(2);
    }
  });

  it('says with 3 that nobody answers, and that nothing is published', {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    const [port] = await freePorts(1);
    const environment = { EDGE_URL: `http://127.0.0.1:${port}`, ADMIN_TOKEN: 'a-token-nobody-asks-for' };
    const { code, stderr } = await run(['publish', written(rules), ...why], environment);
    expect(code).toBe(3);
    expect(stderr).toBe('UNREACHABLE: There is no answer (ECONNREFUSED). Nothing is published.\n');
    const { stdout } = await run(['publish', written(rules), ...why, '--json'], environment);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problem: { code: 'UNREACHABLE', published: false },
    });
  });
});

describe('publishing to a running Worker', () => {
  let secrets: LocalSecrets;
  let edgeUrl: string;
  let admin: AdminClient;

  beforeAll(async () => {
    secrets = await generateLocalSecrets();
    const [edgePort = 0, simulatorPort = 0] = await freePorts(2);
    const quiet = (): void => {};
    ({ edgeUrl } = await startStack({
      ...{ stateDir: join(folder, 'state'), configDir: join(folder, 'workers') },
      ...{ secrets, edgePort, simulatorPort, safetyLagSeconds: 0, onProgress: quiet, onLog: quiet },
    }));
    admin = createAdminClient({ baseUrl: edgeUrl, token: secrets.adminToken });
  }, START_TIMEOUT_MS);
  afterAll(stopAll);

  const publish = async (text: string, environment: Record<string, string> = {}, ...options: string[]) =>
    await run(['publish', written(text), ...why, ...options], {
      ...{ EDGE_URL: edgeUrl, ADMIN_TOKEN: secrets.adminToken },
      ...environment,
    });
  const head = async () => (await admin.releases())[0] ?? null;

  it('puts the rules in force, and says as what', { timeout: RUN_TIMEOUT_MS }, async () => {
    const { code, stdout, stderr } = await publish(rules);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const first = await head();
    expect(first).toMatchObject({ version: 1, publishedBy: 'tests', reason: 'a test' });
    expect(stdout.split('\n')).toEqual([
      'checked: 0 remarks, nothing wrong',
      '0 of the last 0 questions would be answered otherwise',
      `published version 1, ${first?.hash}`,
      '',
    ]);
    const { code: again, stdout: json } = await publish(`${rules}\n`, {}, '--json');
    expect(again).toBe(0);
    expect(JSON.parse(json)).toEqual({
      ok: true,
      errors: [],
      warnings: [],
      asked: 0,
      changed: [],
      published: { version: 2, hash: first?.hash },
    });
  });

  it('sends nothing of rules whose own tests fail', { timeout: RUN_TIMEOUT_MS }, async () => {
    const before = await head();
    expect(await publish(failing)).toMatchObject({ code: 1 });
    expect(await head()).toEqual(before);
  });

  it('is refused with a wrong token, which is named nowhere', { timeout: RUN_TIMEOUT_MS }, async () => {
    const before = await head();
    const { code, stdout, stderr } = await publish(rules, { ADMIN_TOKEN: 'somebody-elses-token' });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^UNAUTHORIZED: .* Nothing is published\.\n$/);
    expect(stdout + stderr).not.toContain('somebody-elses-token');
    expect(await head()).toEqual(before);
  });

  it('is refused where somebody else published after the preview', { timeout: RUN_TIMEOUT_MS }, async () => {
    const between = await proxy(edgeUrl, async (request) => {
      if (request.url !== '/admin/v1/releases') return true;
      const release = { sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }] };
      await admin.publishRelease({ release, publishedBy: 'somebody else', reason: 'faster' });
      return true;
    });
    const { code, stderr } = await publish(rules, { EDGE_URL: between });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^HEAD_MOVED: .* Nothing is published\.\n$/);
    expect(await head()).toMatchObject({ publishedBy: 'somebody else' });
  });

  it('says that it does not know where the answer is lost', { timeout: RUN_TIMEOUT_MS }, async () => {
    const between = await proxy(edgeUrl, async (request, send) => {
      if (request.url !== '/admin/v1/releases') return true;
      await send();
      return false;
    });
    const { code, stdout } = await publish(rules, { EDGE_URL: between }, '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problem: { code: 'UNREACHABLE', published: null, message: expect.stringContaining('not known') },
    });
    expect(await head()).toMatchObject({ publishedBy: 'tests' });
  });

  it('is not taken in by somebody else who answers', { timeout: RUN_TIMEOUT_MS }, async () => {
    const between = await proxy(edgeUrl, async (_, __, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
      return false;
    });
    const { code, stderr } = await publish(rules, { EDGE_URL: between });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^HTTP_ERROR: .*502.* Nothing is published\.\n$/);
  });
});

type Between = (
  request: IncomingMessage,
  send: () => Promise<Response>,
  response: ServerResponse,
) => Promise<boolean>;

const proxies: { close: () => void }[] = [];
afterEach(() => {
  for (const server of proxies.splice(0)) server.close();
});

/** Stands between the command and the Worker. `between` says whether the answer comes through; else the line is cut. */
async function proxy(target: string, between: Between): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const send = async () =>
      await fetch(new URL(request.url ?? '/', target), {
        ...{ method: request.method ?? 'GET', body: Buffer.concat(chunks) },
        headers: { authorization, 'content-type': type },
      });
    if (await between(request, send, response)) {
      const answer = await send();
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
    } else if (!response.writableEnded) request.socket.destroy();
  });
  proxies.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listening socket has no port');
  return `http://127.0.0.1:${address.port}`;
}
