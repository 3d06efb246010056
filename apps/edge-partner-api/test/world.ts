import { applyD1Migrations, createExecutionContext, reset, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ReleaseInput } from '@facepass-kit/access';
import { createSealer, importPeerKey } from '@facepass-kit/crypto';
import { createAdminClient, type MemberInput } from '@facepass-kit/protocol';
import { beforeAll, beforeEach } from 'vitest';
import { app } from '../src/app.ts';
import type { Bindings } from '../src/env.ts';
import { expectDocumented } from './documented.ts';

export const PARTNER_TOKEN = 'partner-token-of-this-year';
export const ADMIN_TOKEN = 'admin-token-of-these-tests';
const ORIGIN = 'https://edge.test';

/**
 * `reset` empties what is in memory, and the runtime drops what nobody has asked for ten seconds: it would keep all it
 * had, for the next test to find. So each store is asked first.
 */
async function emptyStores(): Promise<void> {
  await Promise.all([
    env.DB.prepare('SELECT 1').run(),
    env.RULES.get('any'),
    env.GUARD.getByName('partner').head(),
    env.SESSION.getByName('facepass').readPublicKey(),
  ]);
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
}

/** Brings D1 to the current schema once, for tests that leave nothing behind which another could see. */
export function sharedStores(): void {
  beforeAll(async () => {
    await emptyStores();
  });
}

/** Empties every store before each test and brings D1 to the current schema. */
export function freshStores(): void {
  beforeEach(async () => {
    await emptyStores();
  });
}

/** The same overrides are the same deployment: what it keeps in memory is there at its next request. */
const deployments = new WeakMap<object, Bindings>();

function deployment(overrides: object | undefined): Bindings {
  if (overrides === undefined) return env;
  // Overrides replace bindings by ones of the same shape, or variables the app reads as unknown.
  const known = deployments.get(overrides) ?? ({ ...env, ...overrides } as Bindings);
  deployments.set(overrides, known);
  return known;
}

/**
 * Sends a request to the app, under other bindings or variables where given, waits for what it leaves behind, and
 * holds the answer against the API document.
 */
export async function send(request: Request, overrides?: object): Promise<Response> {
  const ctx = createExecutionContext();
  const bindings = deployment(overrides);
  const response = await app.fetch(request, bindings, ctx);
  const copy = response.clone();
  await waitOnExecutionContext(ctx);
  await expectDocumented(request, copy, bindings.PARTNER_PATH_PREFIX);
  return response;
}

/** A request of FacePass, with its token unless another is given. */
export function partnerRequest(path: string, body: unknown, token: string | null = PARTNER_TOKEN): Request {
  return new Request(`${ORIGIN}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Asks as FacePass does, and reads the answer. */
export async function ask(path: string, body: unknown, overrides?: object): Promise<Answer> {
  const response = await send(partnerRequest(path, body), overrides);
  return { status: response.status, body: await response.json() };
}

/** The door question. */
export async function askDoor(merchantUserKey: string, params: object = { floor: '10' }, overrides?: object) {
  return (await ask('/v1/access/permissions', { merchantUserKey, params }, overrides)).body;
}

/** The typed admin client against the app in this isolate. */
export function adminClient(overrides?: object, token = ADMIN_TOKEN) {
  return createAdminClient({
    baseUrl: ORIGIN,
    token,
    fetch: (input, init) =>
      send(new Request(input instanceof Request ? input : input.toString(), init), overrides),
  });
}

/** Fields sealed as FacePass seals them for us. */
export async function sealForUs<K extends string>(
  fields: Record<K, string>,
  spki = env.TEST_PARTNER_PUBLIC_KEY,
) {
  return await createSealer({ peer: await importPeerKey(spki) }).seal(fields);
}

/** Floor 10 for staff, always; floor 11 for nobody. */
export const offices: ReleaseInput = {
  sites: [{ id: 'hq', timeZone: 'Asia/Seoul', exemptGroups: ['guards'] }],
  groups: [{ id: 'staff' }, { id: 'guards', parents: ['staff'] }],
  zones: [
    { id: 'floor-10', match: { floor: '10' } },
    { id: 'floor-11', match: { floor: '11' } },
  ],
  rules: [{ id: 'staff-10', effect: 'permit', who: { groups: ['staff'] }, zones: ['floor-10'] }],
};

export async function publish(release: ReleaseInput = offices, overrides?: object) {
  return await adminClient(overrides).publishRelease({ release, publishedBy: 'tests', reason: 'a test' });
}

export function member(merchantUserKey: string, more: Partial<MemberInput> = {}): MemberInput {
  return { merchantUserKey, status: 'active', groups: ['staff'], ...more };
}

export async function putMembers(...members: MemberInput[]) {
  return await adminClient().upsertMembers({ members });
}
