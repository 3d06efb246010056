import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import {
  adminClient,
  ask,
  askDoor,
  freshStores,
  member,
  offices,
  publish,
  putMembers,
  sealForUs,
} from './world.ts';

freshStores();

const KEY = 'marked-key-000001';
const identity = {
  name: '표식이름',
  phoneNumber: '01077770001',
  birthDate: '19770707',
  ci: 'marked-ci-000001',
};
const MARKS = ['marked', '표식', '01077770001', '19770707'];

/** Everything written to the console while `work` runs. */
async function logsOf(work: () => Promise<unknown>): Promise<string> {
  const lines: unknown[] = [];
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(...parts)),
  );
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return JSON.stringify(lines);
}

async function restedImport({ id }: { readonly id: string }): Promise<void> {
  await vi.waitUntil(
    async () => ['rejected', 'previewed'].includes((await adminClient().memberImport(id)).state),
    { timeout: 60_000 },
  );
}

/** Asks every route something that works and something that does not, with marked values in all places. */
async function everything(): Promise<string[]> {
  const ciphertexts: string[] = [];
  const seal = async (fields: Record<string, string>, spki?: string) => {
    const sealed = await sealForUs(fields, spki);
    ciphertexts.push(...Object.values(sealed));
    return sealed;
  };
  await publish({
    ...offices,
    rules: [
      {
        id: 'one',
        effect: 'permit',
        who: { members: [KEY] },
        zones: ['floor-10'],
        quota: { max: 5, per: 'day' },
      },
    ],
  });
  await putMembers(member(KEY, { identity }));
  await putMembers(member('marked-other', { identity: { ci: identity.ci } })).catch(() => {});
  await putMembers(member(KEY, { groups: ['표식 그룹'] })).catch(() => {});
  await adminClient({}, 'marked-wrong-token')
    .releaseHead()
    .catch(() => {});
  await adminClient()
    .setSiteMode('marked-site', { mode: 'lockdown', reason: 'x' })
    .catch(() => {});
  await adminClient()
    .recentVerifications({ merchantUserKey: KEY, limit: 999 })
    .catch(() => {});
  await adminClient()
    .recentDecisions({ merchantUserKey: KEY })
    .catch(() => {});
  await askDoor(KEY);
  await askDoor(KEY, { floor: '11' });
  await ask('/v1/access/permissions', { merchantUserKey: { marked: KEY }, params: KEY });
  await ask('/v1/access/permissions', `{"merchantUserKey":"${KEY}`);
  await ask('/v1/user/validate', await seal({ encryptedCI: identity.ci }));
  await ask('/v1/user/validate', await seal({ encryptedPhoneNumber: identity.phoneNumber }));
  await ask('/v1/user/validate', await seal({ encryptedCI: identity.ci }, env.TEST_FOREIGN_PUBLIC_KEY));
  await ask('/v1/callback/registered', { merchantUserKey: KEY, txId: 'tx-1', registered: true });
  await ask('/v1/callback/registered', { merchantUserKey: KEY, txId: 'tx-1', registered: 'marked' });
  const failing = {
    GUARD: {
      getByName: () => ({
        admit: async () => {
          throw new Error(`marked ${KEY}`);
        },
      }),
    },
  };
  await askDoor(KEY, { floor: '10' }, failing);
  await askDoor(KEY, { floor: '10' }, { PEPPER: 'marked-pepper' });
  const desk = adminClient();
  const [found] = await desk.lookUpMembers({ ci: identity.ci });
  await desk.lookUpMembers({ phoneNumber: identity.phoneNumber });
  await desk.suspendMember(found?.person ?? '', 'a reason');
  await desk.restoreMember(found?.person ?? '', 'a reason');
  await desk.deny({ merchantUserKey: KEY, reason: 'a reason' });
  await desk.deny({ merchantUserKey: KEY, zones: ['표식'], reason: 'a reason' }).catch(() => {});
  await desk.issuePass({ merchantUserKey: KEY, zones: ['floor-11'], reason: 'a reason' });
  await desk.explain({ merchantUserKey: KEY, params: { floor: '10' } });
  await desk.lastDecisions();
  await desk.previewRelease({ release: offices });
  const csv = (rows: string) => ({
    format: 'csv' as const,
    content: `merchantUserKey,name,ci,birthDate\n${rows}`,
  });
  await restedImport(await desk.importMembers(csv(`${KEY},표식이름,marked-ci-2,marked\n"marked" x`)));
  await restedImport(
    await desk.importMembers(csv(`${KEY},표식이름,marked-ci-2,19770707`), { dryRun: 'true' }),
  );
  await desk.importMembers(csv('"marked')).catch(() => {});
  await runDurableObjectAlarm(env.GUARD.getByName('partner'));
  return ciphertexts;
}

function expectUnmarked(text: string, ciphertexts: readonly string[] = []): void {
  for (const mark of [...MARKS, ...ciphertexts]) expect(text.includes(mark), `found ${mark}`).toBe(false);
}

describe('personal data', () => {
  it('is in no log line, whatever is asked and whatever goes wrong', async () => {
    let ciphertexts: string[] = [];
    const logs = await logsOf(async () => {
      ciphertexts = await everything();
    });
    expect(logs).toContain('/v1/access/permissions');
    expect(logs).toContain('guard.unreachable');
    expectUnmarked(logs, ciphertexts);
  });

  it('is in no store in the clear: not in D1, KV, the guard or the queue', async () => {
    await logsOf(everything);
    const tables = [
      ...['members', 'member_changes', 'registration_callbacks', 'audit'],
      ...['imports', 'import_pieces', 'import_people', 'import_errors'],
    ];
    const d1 = await Promise.all(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`).all()));
    for (const { results } of d1) expect(results.length).toBeGreaterThan(0);
    expectUnmarked(JSON.stringify(d1));

    const names = (await env.RULES.list()).keys.map(({ name }) => name);
    expect(names.map((name) => name.split(':')[0]).sort()).toEqual(['doors', 'member', 'release']);
    const values = await Promise.all(names.map((name) => env.RULES.get(name)));
    expectUnmarked(JSON.stringify([names, values]));

    const stored = await runInDurableObject(env.GUARD.getByName('partner'), (_, { storage }) =>
      storage.sql
        .exec<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
        )
        .toArray()
        .map(({ name }) => [name, storage.sql.exec(`SELECT * FROM "${name}"`).toArray()]),
    );
    expect(Object.fromEntries(stored)).toMatchObject({ counters: [{}], releases: [{}] });
    expectUnmarked(JSON.stringify(stored));

    await expect
      .poll(async () => JSON.stringify(await env.MIRROR?.recentDecisions({})), { timeout: 50_000 })
      .toContain('rule:one');
    expectUnmarked(JSON.stringify(await env.MIRROR?.recentDecisions({})));
  });
});
