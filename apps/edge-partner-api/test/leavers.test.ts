import { env } from 'cloudflare:workers';
import type {
  LeaverSweep,
  MemberFeedStep,
  MemberStanding,
  MirrorRpc,
  StandingsOf,
} from '@facepass-kit/protocol';
import { describe, expect, it, vi } from 'vitest';
import worker from '../src/index.ts';
import { createLeaverErrand } from '../src/services/leaver-errand.ts';
import { createD1MemberFeed } from '../src/store/member-feed.ts';
import { adminClient, freshStores, member, putMembers } from './world.ts';

freshStores();

const DAY_MS = 86_400_000;
const admin = adminClient();
const nothing: LeaverSweep = { asked: 0, unregistered: 0, refused: 0, spared: 0 };

/** The other end of the binding: it keeps what it is told under a cursor, as the mirror does. */
function mirror(sweep: (standingsOf: StandingsOf) => Promise<LeaverSweep> = async () => nothing) {
  const steps: MemberFeedStep[] = [];
  const known = new Map<string, MemberStanding>();
  let cursor = 0;
  const told = {
    memberCursor: async () => cursor,
    noteMembers: async (step: MemberFeedStep) => {
      if (step.after !== cursor) return false;
      cursor = step.through;
      steps.push(step);
      for (const standing of step.standings) known.set(standing.person, standing);
      return true;
    },
    sweepLeavers: sweep,
  };
  // As much of the mirror as the errand uses.
  return { steps, known, rpc: told as unknown as MirrorRpc };
}

const errandFor = ({ rpc }: { rpc: MirrorRpc }) => ({
  run: async (nowMs: number) =>
    await createLeaverErrand(createD1MemberFeed(env.DB), 30 * DAY_MS, () => nowMs).run(rpc),
});

async function personOf(merchantUserKey: string): Promise<string> {
  const [found] = await admin.lookUpMembers({ merchantUserKey });
  return found?.person ?? '';
}

async function departures(): Promise<unknown[]> {
  return (await env.DB.prepare('SELECT * FROM departures').all()).results;
}

describe('the mirror', () => {
  it('is told how people stand now, once, whatever changes led there', async () => {
    const there = mirror();
    const errand = errandFor(there);
    await putMembers(member('000001'), member('000002', { validUntil: '2026-12-31T00:00:00Z' }));
    const [first, second] = [await personOf('000001'), await personOf('000002')];
    await admin.suspendMember(first, 'unpaid');
    expect((await errand.run(Date.now())).told).toBe(2);
    expect(there.known.get(first)).toMatchObject({ status: 'suspended', validUntil: null });
    expect(there.known.get(second)).toMatchObject({
      status: 'active',
      validUntil: Date.parse('2026-12-31T00:00:00Z'),
    });
    expect((await errand.run(Date.now())).told).toBe(0);
    await admin.restoreMember(first, 'paid');
    expect((await errand.run(Date.now())).told).toBe(1);
    expect(there.known.get(first)).toMatchObject({ status: 'active' });
    expect(JSON.stringify(there.steps)).not.toContain('000001');
  });

  it('is told since when somebody is suspended, not when they were last edited', async () => {
    const there = mirror();
    await putMembers(member('000001'));
    const person = await personOf('000001');
    await admin.suspendMember(person, 'unpaid');
    await admin.restoreMember(person, 'paid');
    await admin.suspendMember(person, 'unpaid again');
    const row = await env.DB.prepare('SELECT max(changed_at) AS at FROM member_changes').first<{
      at: number;
    }>();
    await env.DB.prepare('UPDATE member_changes SET changed_at = changed_at - 500 * (4 - sequence)').run();
    await putMembers(member('000001', { status: 'suspended', groups: ['others'] }));
    await errandFor(there).run(Date.now());
    expect(there.known.get(person)?.since).toBe(row?.at);
  });

  it('is told everything again when the directory was restored to an earlier state', async () => {
    const there = mirror();
    await putMembers(member('000001'), member('000002'));
    await errandFor(there).run(Date.now());
    await env.DB.prepare('DELETE FROM member_changes WHERE sequence > 1').run();
    await errandFor(there).run(Date.now());
    expect(there.steps.map(({ after, through }) => [after, through])).toEqual([
      [0, 2],
      [2, 0],
      [0, 1],
    ]);
  });

  it('is asked for nothing where it is not bound, and no key of an erased member waits for it', async () => {
    const alone = { MIRROR: undefined };
    await putMembers(member('000001'));
    await adminClient(alone).eraseMember(await personOf('000001'), 'left');
    expect(await departures()).toEqual([]);
    const refusal = adminClient(alone).leavers();
    await expect(refusal).rejects.toMatchObject({ code: 'NO_MIRROR' });
  });

  it('may ask, right before a face goes, how somebody stands', async () => {
    await putMembers(member('000001'));
    const person = await personOf('000001');
    const answers: MemberStanding[] = [];
    const there = mirror(async (standingsOf) => {
      answers.push(...(await standingsOf([person, 'nobody'])));
      return nothing;
    });
    await errandFor(there).run(Date.now());
    expect(answers).toMatchObject([{ person, status: 'active' }]);
  });
});

describe('the key of an erased member', () => {
  it('waits, sealed, for the mirror, and goes when the mirror has it', async () => {
    const there = mirror();
    await putMembers(member('000001'));
    const person = await personOf('000001');
    await admin.eraseMember(person, 'left');
    expect(await departures()).toMatchObject([{ person }]);
    expect(JSON.stringify(await departures())).not.toContain('000001');
    await errandFor(there).run(Date.now());
    expect(there.known.get(person)).toMatchObject({ status: 'erased', sealed: expect.any(String) });
    expect(await departures()).toEqual([]);
  });

  it('goes after 30 days where the mirror does not answer', async () => {
    const broken = mirror();
    broken.rpc.noteMembers = async () => {
      throw new Error('down');
    };
    await putMembers(member('000001'));
    await admin.eraseMember(await personOf('000001'), 'left');
    await expect(errandFor(broken).run(Date.now())).rejects.toThrow('down');
    expect(await departures()).toHaveLength(1);
    await expect(errandFor(broken).run(Date.now() + 30 * DAY_MS)).rejects.toThrow('down');
    expect(await departures()).toEqual([]);
  });

  it('goes when the member is taken in again', async () => {
    await putMembers(member('000001'));
    await admin.eraseMember(await personOf('000001'), 'left');
    await putMembers(member('000001', { readmit: true }));
    expect(await departures()).toEqual([]);
  });

  it('does not outlast an erasure that was refused over its version', async () => {
    await putMembers(member('000001'));
    const erasing = admin.eraseMember(await personOf('000001'), 'left', { version: 7 });
    await expect(erasing).rejects.toMatchObject({ code: 'VERSION_MOVED' });
    expect(await departures()).toEqual([]);
  });

  it('is not kept where it may wait for no time', async () => {
    await putMembers(member('000001'));
    await adminClient({ ERASED_KEY_DAYS: '0' }).eraseMember(await personOf('000001'), 'left');
    expect(await departures()).toEqual([]);
  });
});

describe('the schedule', () => {
  it('tells the mirror, and a mirror that fails stops nothing else', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    await putMembers(member('000001'));
    const scheduled = async (MIRROR: MirrorRpc) =>
      await worker.scheduled({ cron: '* * * * *', scheduledTime: 0, noRetry: () => {} }, { ...env, MIRROR });
    const broken = mirror();
    broken.rpc.memberCursor = async () => {
      throw new Error('down');
    };
    await scheduled(broken.rpc);
    const there = mirror();
    await scheduled(there.rpc);
    expect(there.steps).toHaveLength(1);
  });
});

describe('the list of people who left', () => {
  const person = 'p'.repeat(43);
  const tokens = [
    { id: 'console', role: 'viewer', token: 'a-token-of-a-viewer' },
    { id: 'reception', role: 'operator', token: 'a-token-of-an-operator' },
  ];
  const there = {
    ...mirror().rpc,
    leavers: async (_query: object, keys: boolean) => [
      {
        person,
        merchantUserKey: keys ? '000001' : null,
        why: 'erased',
        since: 1,
        state: 'registered',
        askedAt: 2,
        registeredTs: null,
        auditStatus: null,
        approvedAt: null,
        attempts: 0,
      },
    ],
    askLeavers: async () => 3,
    approveLeavers: async (people: string[]) => people.length,
    leaverEvents: async () => [{ at: 1, person, action: 'asked', answer: 'registered' }],
  };
  const overrides = { MIRROR: there, ADMIN_TOKENS: JSON.stringify(tokens) };
  const viewer = adminClient(overrides, 'a-token-of-a-viewer');
  const operator = adminClient(overrides, 'a-token-of-an-operator');
  const administrator = adminClient(overrides);

  it('names people by key to administrators, and by reference to others', async () => {
    expect(await administrator.leavers({ state: 'registered' })).toMatchObject([
      { merchantUserKey: '000001' },
    ]);
    for (const other of [viewer, operator]) {
      expect(await other.leavers()).toMatchObject([{ person, merchantUserKey: null }]);
      expect(JSON.stringify(await other.leaverEvents())).not.toContain('000001');
    }
  });

  it('is worked off by operators, and approved by administrators only', async () => {
    await expect(viewer.sweepLeavers()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await operator.sweepLeavers()).toEqual({ asked: 3, sweep: nothing });
    await expect(operator.approveLeavers([person])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await administrator.approveLeavers([person])).toBe(1);
    expect((await administrator.audit()).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['leavers.sweep', 'leavers.approve']),
    );
  });
});
