import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type CompiledRelease, compile, type ReleaseInput } from '@facepass-kit/access';
import { type Replay, replay } from '@facepass-kit/access/analysis';
import { parseRelease } from '@facepass-kit/access/schema';
import {
  decisionMessage,
  explainDecision,
  type LoggedDecision,
  recordedDecision,
} from '@facepass-kit/protocol';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { adminClient, askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();

const admin = adminClient();

/** A house with something of everything that a decision can hang on. */
const house: ReleaseInput = {
  sites: [
    { id: 'hq', timeZone: 'Asia/Seoul', repeatSeconds: 5 },
    { id: 'park', timeZone: 'Asia/Seoul' },
  ],
  groups: [{ id: 'staff' }, { id: 'blocked' }],
  zones: [
    { id: 'office', site: 'hq', match: { door: 'office' } },
    { id: 'spa', site: 'hq', match: { door: 'spa' } },
    { id: 'sauna', site: 'hq', match: { door: 'sauna' } },
    { id: 'vault', site: 'hq', match: { door: 'vault' } },
    { id: 'pool-in', site: 'hq', match: { door: 'pool-in' }, area: 'pool', direction: 'in' },
    { id: 'gate', site: 'park', match: { door: 'gate' } },
  ],
  areas: [{ id: 'pool', maxOccupancy: 1, antiPassback: { mode: 'hard' } }],
  schedules: [
    { id: 'never', weekly: [{ days: ['mon'], from: '03:00', to: '03:01' }], timeZone: 'Asia/Seoul' },
  ],
  rules: [
    { id: 'office', effect: 'permit', who: { groups: ['staff'] }, zones: ['office', 'pool-in', 'gate'] },
    {
      id: 'spa',
      effect: 'permit',
      who: { tags: { plan: 'gold' } },
      zones: ['spa', 'sauna'],
      quota: { max: 1, per: 'day' },
    },
    { id: 'one', effect: 'permit', who: { members: ['000002'] }, zones: ['vault'] },
  ],
};

/** The rules of a release that is kept, as anybody who may read them gets them. */
async function releaseOf(hash: string | null): Promise<CompiledRelease | undefined> {
  return hash === null ? undefined : compile(parseRelease(await admin.release(hash)));
}

async function again(logged: readonly LoggedDecision[], draft?: CompiledRelease): Promise<readonly Replay[]> {
  const releases = new Map<string | null, CompiledRelease | undefined>();
  for (const { releaseHash } of logged) {
    if (!releases.has(releaseHash)) releases.set(releaseHash, await releaseOf(releaseHash));
  }
  const records = logged.map((decision) => recordedDecision(decision, releases.get(decision.releaseHash)));
  return replay(records, (hash) => draft ?? releases.get(hash));
}

const outcomes = (replays: readonly Replay[]) =>
  replays.map((one) => (one.outcome === 'not_replayable' ? one.why : one.outcome));

async function visit(): Promise<void> {
  await putMembers(
    member('000001', { tags: { plan: 'gold', locker: '7' } }),
    member('000002'),
    member('000003', { status: 'suspended' }),
    member('000004', { groups: ['staff', 'blocked'] }),
  );
  await admin.deny({ group: 'blocked', reason: 'a test' });
  await admin.issuePass({ merchantUserKey: '000001', zones: ['vault'], maxUses: 1, reason: 'a test' });
  const visits: [string, string][] = [
    ['000001', 'office'],
    // The same permit, asked again.
    ['000001', 'office'],
    ['000001', 'spa'],
    // Its rule is used up for today.
    ['000001', 'sauna'],
    ['000001', 'vault'],
    ['000001', 'pool-in'],
    ['000002', 'pool-in'],
    ['000002', 'vault'],
    ['000002', 'spa'],
    ['000003', 'office'],
    ['000004', 'office'],
    ['nobody', 'office'],
    ['000001', 'nowhere'],
  ];
  for (const [key, door] of visits) await askDoor(key, { door });
  await admin.setSiteMode('hq', { mode: 'lockdown', reason: 'a test' });
  await askDoor('000001', { door: 'office' });
}

describe('a decision out of the log', () => {
  it('comes out the same when it is made again under the release of then', async () => {
    await publish(house);
    await visit();
    const logged = await admin.lastDecisions();
    expect(logged.map(({ reason }) => reason).reverse()).toEqual([
      ...[
        'permitted',
        'permitted',
        'permitted',
        'quota_spent',
        'permitted_by_pass',
        'permitted',
        'area_full',
        'permitted',
      ],
      ...['no_grant', 'member_suspended', 'deny_listed', 'unknown_member', 'no_zone', 'site_lockdown'],
    ]);
    expect(outcomes(await again(logged))).toEqual(logged.map(() => 'same'));
  });

  it('names its person where an erasure cuts it, and nowhere else; nor does it name anybody else', async () => {
    const two = { id: 'two', match: { door: 'two' }, area: 'safe', direction: 'in' } as const;
    await publish({
      ...house,
      zones: [...(house.zones ?? []), { ...two, site: 'hq' }],
      areas: [...(house.areas ?? []), { id: 'safe', twoPerson: { withinSeconds: 600 } }],
      rules: [
        ...(house.rules ?? []),
        { id: 'two', effect: 'permit', who: { groups: ['staff'] }, zones: ['two'] },
      ],
    });
    await visit();
    await admin.setSiteMode('hq', { mode: 'normal', reason: 'a test' });
    await askDoor('000001', { door: 'two' });
    await askDoor('000002', { door: 'two' });
    await admin.deny({ merchantUserKey: '000002', reason: 'a test' });
    await askDoor('000002', { door: 'office' });
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    const mark = crypto.randomUUID();
    await askDoor('000002', { door: 'gate', mark }, { EVENTUAL_SITES: 'park' });
    const logged = await admin.lastDecisions();
    expect(logged.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['deny_listed', 'quota_spent', 'permitted_by_pass', 'second_person_needed']),
    );
    expect(outcomes(await again(logged))).toEqual(logged.map(() => 'same'));
    const queued = async () => z.array(decisionMessage).parse(await env.MIRROR?.recentDecisions({}));
    await expect
      .poll(async () => (await queued()).filter(({ params }) => params['mark'] === mark), { timeout: 50_000 })
      .toMatchObject([{ source: 'eventual', reason: 'deny_listed' }]);
    const recorded = (await queued()).map(({ person, ...rest }) => ({ person, rest: JSON.stringify(rest) }));
    for (const { person } of recorded) {
      for (const { rest } of recorded) expect(rest).not.toContain(person.hmac);
    }
  });

  it('says what another release would have answered', async () => {
    await publish(house);
    await visit();
    const logged = await admin.lastDecisions();
    const closed = { ...house, rules: (house.rules ?? []).filter(({ id }) => id !== 'office') };
    const changed = (await again(logged, compile(parseRelease(closed)))).flatMap((one) =>
      one.outcome === 'different' ? [[one.recorded.reason, one.decision.reason]] : [],
    );
    expect(changed).toContainEqual(['permitted', 'no_grant']);
    expect(changed).toContainEqual(['area_full', 'no_grant']);
  });

  it('is not guessed where the person is not known any more and a rule names members', async () => {
    await publish(house);
    await visit();
    const logged = (await admin.lastDecisions()).map((one) => ({ ...one, merchantUserKey: null }));
    const replayed = new Map(
      (await again(logged)).map((one) => [
        `${one.recorded.params['door']} ${one.recorded.reason}`,
        one.outcome === 'not_replayable' ? one.why : one.outcome,
      ]),
    );
    expect(replayed.get('spa permitted')).toBe('same');
    expect(replayed.get('vault permitted')).toBe('person_unknown');
  });

  it('is not replayable where the guard was out of reach', async () => {
    const { hash: releaseHash } = await publish(house);
    const unavailable: LoggedDecision = {
      id: 'd',
      at: Date.now(),
      effect: 'deny',
      reason: 'unavailable',
      params: {},
      releaseHash,
      memberVersion: null,
      inputs: {},
      merchantUserKey: '000001',
    };
    expect(outcomes(await again([unavailable]))).toEqual(['inputs_missing']);
  });

  it('of a site run without the guard comes out the same as well', async () => {
    await publish(house);
    await putMembers(member('000001'), member('000004', { groups: ['staff', 'blocked'] }));
    await admin.deny({ group: 'blocked', reason: 'a test' });
    await runDurableObjectAlarm(env.GUARD.getByName('partner'));
    const mark = crypto.randomUUID();
    const park = { EVENTUAL_SITES: 'park' };
    await askDoor('000001', { door: 'gate', mark }, park);
    await askDoor('000004', { door: 'gate', mark }, park);
    const recorded = async () =>
      z
        .array(decisionMessage)
        .parse(await env.MIRROR?.recentDecisions({}))
        .filter(({ params }) => params['mark'] === mark);
    await expect.poll(async () => (await recorded()).length, { timeout: 50_000 }).toBe(2);
    const logged = (await recorded()).map((one) => ({ ...one, merchantUserKey: '000001' }));
    expect(logged.map(({ source, reason }) => [source, reason]).sort()).toEqual([
      ['eventual', 'deny_listed'],
      ['eventual', 'permitted'],
    ]);
    expect(outcomes(await again(logged))).toEqual(['same', 'same']);
  });
});

describe('why a decision came out as it did', () => {
  it('is told of a question now: the rules and what they miss, what would let somebody in, and when they may', async () => {
    const { hash } = await publish(house);
    await visit();
    await admin.setSiteMode('hq', { mode: 'normal', reason: 'a test' });
    const compiled = await releaseOf(hash);
    if (compiled === undefined) throw new Error('the release is kept');
    const why = async (merchantUserKey: string, door: string) => {
      const question = { merchantUserKey, params: { door } };
      const answer = await admin.explain(question);
      expect(JSON.stringify(answer)).not.toContain(merchantUserKey);
      const explained = explainDecision({ ...question, ...answer }, compiled);
      // The Worker and whoever explains its answer are of one mind.
      expect(explained).toMatchObject({ reason: answer.reason, effect: answer.verified ? 'permit' : 'deny' });
      return explained;
    };
    const noPlan = await why('000002', 'sauna');
    expect(noPlan?.nearestMiss).toMatchObject({ ruleId: 'spa', misses: [{ kind: 'tag' }] });
    expect(noPlan?.remedies.length).toBeGreaterThan(0);
    const spent = await why('000001', 'sauna');
    expect(spent).toMatchObject({ reason: 'quota_spent' });
    expect(spent?.nextPermittedMs).toBeGreaterThan(Date.now());
    expect(await why('000004', 'office')).toMatchObject({ reason: 'deny_listed' });
    expect(await why('000002', 'vault')).toMatchObject({ effect: 'permit', remedies: [] });
  });

  it('is told of a decision out of the log as well', async () => {
    const { hash } = await publish(house);
    await visit();
    const compiled = await releaseOf(hash);
    if (compiled === undefined) throw new Error('the release is kept');
    const logged = await admin.lastDecisions();
    expect(logged.map((one) => explainDecision(one, compiled)?.reason)).toEqual(
      logged.map(({ reason }) => reason),
    );
    expect(explainDecision({ ...(logged[0] ?? never()), inputs: {} }, compiled)).toBeNull();
  });
});

function never(): never {
  throw new Error('decisions were made');
}
