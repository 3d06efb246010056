import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings, required } from '../src/env.ts';
import { createDelegatedDirectory } from '../src/services/delegated/delegated-directory.ts';
import { countedBindings } from './counting.ts';
import { createPartnerSystem, type PartnerSystem } from './partner-system.ts';
import {
  adminClient,
  ask,
  askDoor,
  freshStores,
  member,
  publish,
  putMembers,
  sealForUs,
  send,
} from './world.ts';

freshStores();
afterEach(() => void vi.restoreAllMocks());

function setting(system: PartnerSystem, more: object = {}): string {
  return JSON.stringify({ url: system.url, secrets: [system.secret], ...more });
}

/** A deployment whose members live in `system`, with the system behind its outbound requests. */
function delegatedTo(system: PartnerSystem, more: object = {}, bindings: object = {}): object {
  vi.spyOn(globalThis, 'fetch').mockImplementation(system.fetch);
  return { ...bindings, DELEGATED_DIRECTORY: setting(system, more) };
}

/** The adapter with a clock of its own. */
function adapter(more: object = {}) {
  const clock = { ms: 1_800_000_000_000 };
  const system = createPartnerSystem(() => clock.ms);
  system.members.push(member('elsewhere-1'));
  const settings = readSettings({ DELEGATED_DIRECTORY: setting(system, more) });
  const directory = createDelegatedDirectory(required(settings, 'DELEGATED_DIRECTORY'), {
    fetch: system.fetch,
    now: () => clock.ms,
  });
  const read = async (key = 'elsewhere-1') => await directory.read(key, 'p'.repeat(43));
  return { clock, system, directory, read };
}

const down = () => new Response(null, { status: 500 });

describe('a site whose members live in the partner’s own system', () => {
  it('is answered from there: one outbound question instead of the KV read, and none while it is fresh', async () => {
    await publish();
    const system = createPartnerSystem();
    system.members.push(member('elsewhere-1'), member('elsewhere-2', { status: 'suspended' }));
    const { bindings, counts } = countedBindings();
    const deployment = delegatedTo(system, {}, bindings);
    expect(await askDoor('elsewhere-1', { floor: '10' }, deployment)).toMatchObject({ verified: true });
    expect(counts).toEqual({ kv: 0, guard: 1, d1: 0 });
    expect(system.asked()).toBe(1);
    expect(await askDoor('elsewhere-1', { floor: '10' }, deployment)).toMatchObject({ verified: true });
    expect(system.asked()).toBe(1);
    expect(await askDoor('elsewhere-2', { floor: '10' }, deployment)).toMatchObject({ verified: false });
    expect(await askDoor('nobody', { floor: '10' }, deployment)).toMatchObject({ verified: false });
  });

  it('stays shut while that system is down, slow, or answers something else', async () => {
    await publish();
    const troubles: PartnerSystem['trouble'][] = [
      down,
      () => new Promise(() => {}),
      () => Promise.reject(new TypeError('refused')),
      () => new Response('not JSON'),
      () => Response.json({ members: [member('elsewhere-2')] }),
      () => Response.json({ members: [{ merchantUserKey: 'elsewhere-1' }] }),
      () => Response.redirect('https://elsewhere.test/', 307),
    ];
    for (const trouble of troubles) {
      vi.spyOn(console, 'error').mockImplementation(() => {});
      const system = createPartnerSystem();
      system.members.push(member('elsewhere-1'));
      system.trouble = trouble;
      const deployment = delegatedTo(system, { timeoutMs: 100 });
      expect(await askDoor('elsewhere-1', { floor: '10' }, deployment)).toMatchObject({
        verified: false,
        code: 'UNAVAILABLE',
      });
    }
  });

  it('is told apart from sites whose members live here', async () => {
    await publish();
    await putMembers(member('elsewhere-1'));
    const system = createPartnerSystem();
    const deployment = delegatedTo(system, { sites: ['elsewhere'] }, { SITE_FROM: 'path' });
    expect(await askDoor('elsewhere-1', { floor: '10' }, deployment)).toMatchObject({ verified: true });
    expect(system.asked()).toBe(0);
    const question = { merchantUserKey: 'elsewhere-1', params: { floor: '10' } };
    await ask('/v1/sites/elsewhere/access/permissions', question, deployment);
    expect(system.asked()).toBe(1);
  });

  it('is answered for nobody before the deployment says where a question names its site', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const system = createPartnerSystem();
    const deployment = delegatedTo(system, { sites: ['elsewhere'] });
    const question = { merchantUserKey: 'elsewhere-1', params: { floor: '10' } };
    expect(await ask('/v1/access/permissions', question, deployment)).toMatchObject({
      status: 503,
      body: { code: 'NOT_CONFIGURED' },
    });
    expect(logged.mock.calls.flat().join()).toContain(
      'set SITE_FROM or take \\"sites\\" out of DELEGATED_DIRECTORY',
    );
    const ready = await send(new Request('https://edge.test/readyz'), deployment);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ missing: expect.arrayContaining(['SITE_FROM']) });
    for (const way of ['param:site', 'header:x-site', 'path']) {
      const told = delegatedTo(system, { sites: ['elsewhere'] }, { SITE_FROM: way });
      expect(await ask('/v1/access/permissions', question, told)).toMatchObject({ status: 200 });
    }
  });

  it('is not answered from changes of a member with the same key who lives here', async () => {
    await publish();
    await putMembers(member('000001'), member('000002'));
    const system = createPartnerSystem();
    system.members.push(member('000001', { status: 'suspended' }));
    const deployment = delegatedTo(system);
    const client = adminClient(deployment);
    for (const merchantUserKey of ['000001', '000002']) {
      const params = { floor: '10' };
      expect(await askDoor(merchantUserKey, params, deployment)).toMatchObject({ verified: false });
      expect(await client.explain({ merchantUserKey, params })).toMatchObject({ verified: false });
    }
  });

  it('explains what it would answer from the same place', async () => {
    await publish();
    const system = createPartnerSystem();
    system.members.push(member('elsewhere-1'));
    const client = adminClient(delegatedTo(system));
    expect(await client.explain({ merchantUserKey: 'elsewhere-1', params: { floor: '10' } })).toMatchObject({
      verified: true,
    });
  });

  it('validates by CI and phone number there, and says when it cannot', async () => {
    const identity = { ci: 'CI-1', phoneNumber: '01012345678', name: '홍길동', birthDate: '19900101' };
    const system = createPartnerSystem();
    system.members.push(member('elsewhere-1', { identity }));
    const deployment = delegatedTo(system);
    const byCi = await sealForUs({ encryptedCI: 'CI-1' });
    expect((await ask('/v1/user/validate', byCi, deployment)).body).toMatchObject({
      merchantUserKey: 'elsewhere-1',
    });
    const nobody = await sealForUs({ encryptedCI: 'CI-2' });
    expect((await ask('/v1/user/validate', nobody, deployment)).body).toMatchObject({
      merchantUserKey: null,
    });
    // Somebody else's CI in the answer is nobody's.
    system.trouble = () => Response.json({ members: [member('elsewhere-9', { identity: { ci: 'CI-9' } })] });
    vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await ask('/v1/user/validate', byCi, deployment)).toMatchObject({
      status: 503,
      body: { code: 'DIRECTORY_UNAVAILABLE' },
    });
  });
});

describe('what is remembered of the partner’s system', () => {
  it('counts for as long as is configured, and longer only where that is allowed', async () => {
    const { clock, system, read } = adapter({ cacheSeconds: 60, staleSeconds: 30, failuresToOpen: 100 });
    expect(await read()).toMatchObject({ facts: { status: 'active' } });
    system.members[0] = member('elsewhere-1', { status: 'suspended' });
    clock.ms += 59_000;
    expect(await read()).toMatchObject({ facts: { status: 'active' } });
    clock.ms += 1_000;
    expect(await read()).toMatchObject({ facts: { status: 'suspended' } });
    system.trouble = down;
    clock.ms += 89_000;
    expect(await read()).toMatchObject({ facts: { status: 'suspended' } });
    clock.ms += 1_000;
    await expect(read()).rejects.toMatchObject({ code: 'bad_status' });
  });

  it('is what was asked for last, also where an earlier question is answered later', async () => {
    const { clock, system, read } = adapter();
    let answerLate: (response: Response) => void = () => {};
    const late = new Promise<Response>((resolve) => {
      answerLate = resolve;
    });
    system.trouble = () => late;
    const early = read();
    await vi.waitFor(() => expect(system.asked()).toBe(1));
    system.trouble = null;
    clock.ms += 100;
    system.members[0] = member('elsewhere-1', { status: 'suspended' });
    await read();
    answerLate(Response.json({ members: [member('elsewhere-1')] }));
    await early;
    expect(await read()).toMatchObject({ facts: { status: 'suspended' } });
    expect(system.asked()).toBe(2);
  });

  it('of nobody is forgotten within seconds', async () => {
    const { clock, system, read } = adapter();
    expect(await read('elsewhere-2')).toBeNull();
    expect(await read('elsewhere-2')).toBeNull();
    expect(system.asked()).toBe(1);
    system.members.push(member('elsewhere-2'));
    clock.ms += 5_000;
    expect(await read('elsewhere-2')).toMatchObject({ facts: { status: 'active' } });
  });
});

describe('a system that fails again and again', () => {
  it('is left alone, then tried with one question, and asked again once that is answered', async () => {
    const { clock, system, read } = adapter({ cacheSeconds: 0, failuresToOpen: 3, openSeconds: 10 });
    system.trouble = down;
    for (let n = 0; n < 3; n++) await expect(read()).rejects.toMatchObject({ code: 'bad_status' });
    for (let n = 0; n < 5; n++) await expect(read()).rejects.toMatchObject({ code: 'circuit_open' });
    expect(system.asked()).toBe(3);
    clock.ms += 10_000;
    await expect(read()).rejects.toMatchObject({ code: 'bad_status' });
    await expect(read()).rejects.toMatchObject({ code: 'circuit_open' });
    system.trouble = null;
    clock.ms += 10_000;
    const [trial, meanwhile] = await Promise.allSettled([read(), read()]);
    expect(trial).toMatchObject({ status: 'fulfilled' });
    expect(meanwhile).toMatchObject({ reason: { code: 'circuit_open' } });
    expect(await read()).toMatchObject({ facts: { status: 'active' } });
  });
});

describe('doors and member validation', () => {
  it('do not cut each other off from a system that turns one of them away', async () => {
    const { system, directory, read } = adapter({ failuresToOpen: 3, cacheSeconds: 0 });
    system.trouble = () => new Response(null, { status: 429 });
    for (let n = 0; n < 3; n++) {
      await expect(directory.findByPhone(`0101234567${n}`)).rejects.toMatchObject({ code: 'bad_status' });
    }
    await expect(directory.findByCi('CI-1')).rejects.toMatchObject({ code: 'circuit_open' });
    system.trouble = null;
    expect(await read()).toMatchObject({ facts: { status: 'active' } });
    const other = adapter({ failuresToOpen: 3, cacheSeconds: 0 });
    other.system.trouble = down;
    for (let n = 0; n < 3; n++) await expect(other.read()).rejects.toMatchObject({ code: 'bad_status' });
    await expect(other.read()).rejects.toMatchObject({ code: 'circuit_open' });
    other.system.trouble = null;
    expect(await other.directory.findByPhone('01012345670')).toEqual([]);
  });
});

describe('a question to the partner’s system', () => {
  it('reads no further of an answer than an answer can be long', async () => {
    const { system, read } = adapter({ timeoutMs: 1_500 });
    let given = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
      cancel() {
        cancelled = true;
      },
    });
    system.trouble = () => new Response(endless);
    await expect(read()).rejects.toMatchObject({ code: 'bad_answer' });
    expect(cancelled).toBe(true);
    expect(given).toBeLessThan(1_000_000);
  });

  it('is refused by it under another secret, and taken under either of two while rotating', async () => {
    const { system } = adapter();
    const other = createPartnerSystem().secret;
    const asked = async (secrets: string[]) => {
      const settings = readSettings({ DELEGATED_DIRECTORY: JSON.stringify({ url: system.url, secrets }) });
      const directory = createDelegatedDirectory(required(settings, 'DELEGATED_DIRECTORY'), {
        fetch: system.fetch,
        now: () => 1_800_000_000_000,
      });
      return await directory.read('elsewhere-1', 'p'.repeat(43));
    };
    await expect(asked([other])).rejects.toMatchObject({ code: 'bad_status' });
    expect(await asked([other, system.secret])).toMatchObject({ version: 0 });
  });

  it.each([
    ['an address without TLS', { url: 'http://members.partner.test' }],
    ['a secret of another form', { secrets: ['short'] }],
    ['a budget that leaves none for the guard', { timeoutMs: 5_000 }],
    ['a setting nobody knows', { staleSecond: 5 }],
  ])('is not configured with %s', (_, wrong) => {
    const value = setting(createPartnerSystem(), wrong);
    expect(() => readSettings({ ...env, DELEGATED_DIRECTORY: value })).toThrow(
      expect.objectContaining({ code: 'BAD_ENVIRONMENT', variable: 'DELEGATED_DIRECTORY' }),
    );
  });
});
