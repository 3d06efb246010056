import { createMessageBatch } from 'cloudflare:test';
import type { DecisionMessage } from '@facepass-kit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { decision } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, type Harness, hourMs, minuteMs, noonMs, secondMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';

/** The hour that is compared, and a moment in the middle of it. */
const hour = noonMs - 3 * hourMs;
const mid = hour + 30 * minuteMs;
let harness: Harness;

beforeEach(async () => {
  await emptyStores();
  await migrate();
  harness = await createHarness();
});

interface Visit {
  readonly id: string;
  readonly who: string;
  readonly at?: number;
  /** What we answered; null: we were not asked. */
  readonly answered: Partial<DecisionMessage> | null;
  /** What FacePass recorded; null: nothing. */
  readonly recorded: {
    status?: string;
    customCode?: string | null;
    resultCode?: string;
    lateMs?: number;
  } | null;
}

async function happen(...visits: Visit[]): Promise<void> {
  const messages = [];
  for (const { id, who, at = mid, answered, recorded } of visits) {
    const params = { floor: '10', gate: 'A' };
    if (answered !== null) {
      const body = await decision(id, who, { at, params, code: null, sequence: null, ...answered });
      messages.push({ id, timestamp: at, attempts: 1, body });
    }
    if (recorded !== null) {
      const { lateMs = 2 * secondMs, ...fields } = recorded;
      // FacePass gives numbers where we were told texts: they are the same parameters.
      const item = { atMs: at + lateMs, merchantUserKey: who, params: { gate: 'A', floor: 10 }, ...fields };
      await harness.facepass.control.run('records/verifications', { items: [item] });
    }
  }
  const mirror = await harness.mirror();
  await mirror.consumeDecisions(createMessageBatch('facepass-decisions', messages));
}

const entered = { status: 'SUCCESS' };
const denied = { status: 'FAIL', resultCode: 'MERCHANT_VALIDATION_FAILED' };

async function compare() {
  const { reconciler } = await harness.mirror();
  return (await reconciler.range(hour, hour + hourMs))[0];
}

describe('reconciliation', () => {
  it('finds nothing where FacePass recorded what we answered', async () => {
    await happen(
      { id: 'd1', who: 'member-1', answered: {}, recorded: entered },
      {
        id: 'd2',
        who: 'member-2',
        answered: { effect: 'deny', code: 'LATE' },
        recorded: { ...denied, customCode: 'LATE' },
      },
      {
        id: 'x',
        who: 'member-3',
        answered: null,
        recorded: { status: 'FAIL', resultCode: 'FACE_DETECT_FAILED' },
      },
    );
    await harness.sync();
    expect(await compare()).toEqual({
      hourMs: hour,
      decisions: 2,
      verifications: 2,
      matched: 2,
      ambiguous: 0,
      decisionsLacking: 0,
      clockOffsetMs: 2 * secondMs,
      findings: {},
    });
  });

  it.each([
    ['entry_not_asked', { answered: null, recorded: entered }, [true, false]],
    ['denial_not_ours', { answered: null, recorded: denied }, [true, false]],
    ['entered_although_denied', { answered: { effect: 'deny' }, recorded: entered }, [true, true]],
    ['denied_although_permitted', { answered: {}, recorded: denied }, [true, true]],
    ['code_differs', { answered: { code: 'A' }, recorded: { ...entered, customCode: 'B' } }, [true, true]],
    ['permit_unused', { answered: {}, recorded: null }, [false, true]],
  ] as const)('finds %s', async (kind, visit, [hasVerification, hasDecision]) => {
    await happen({ id: 'd1', who: 'member-1', ...visit });
    await harness.sync();
    expect((await compare())?.findings).toEqual({ [kind]: 1 });
    const { reconciler } = await harness.mirror();
    expect(await reconciler.findings({ kind })).toEqual([
      {
        kind,
        at: expect.any(Number),
        verificationId: hasVerification ? '1' : null,
        decisionId: hasDecision ? 'd1' : null,
      },
    ]);
  });

  it('takes a repeated question for the permit it repeats', async () => {
    await happen(
      { id: 'd1', who: 'member-1', answered: {}, recorded: entered },
      { id: 'd2', who: 'member-1', at: mid + secondMs, answered: { repeatOf: 'd1' }, recorded: null },
    );
    await harness.sync();
    expect(await compare()).toMatchObject({ matched: 1, ambiguous: 0, findings: {} });
  });

  it('accuses nobody for walking through at the full hour', async () => {
    await happen({
      id: 'd1',
      who: 'member-1',
      at: hour + hourMs - secondMs,
      answered: {},
      recorded: { ...entered, lateMs: 3 * secondMs },
    });
    await harness.sync();
    expect((await compare())?.findings).toEqual({});
  });

  it('says how many answers the guard numbered and nobody delivered', async () => {
    await happen(
      { id: 'd1', who: 'member-1', answered: { sequence: 7 }, recorded: entered },
      { id: 'd5', who: 'member-2', at: mid + minuteMs, answered: { sequence: 11 }, recorded: entered },
    );
    await harness.sync();
    expect(await compare()).toMatchObject({ decisionsLacking: 3 });
  });

  it('compares only what is completely mirrored, by itself, and once more when late records are in', async () => {
    await happen({ id: 'd1', who: 'member-1', answered: {}, recorded: null });
    const mirror = await harness.mirror();
    expect(await mirror.reconciler.due()).toEqual([]);
    await harness.sync();
    expect((await mirror.reconciler.due()).map(({ hourMs, findings }) => [hourMs, findings])).toEqual([
      [hour, { permit_unused: 1 }],
      [hour + hourMs, {}],
    ]);
    await harness.facepass.control.run('records/verifications', {
      items: [{ atMs: mid + secondMs, merchantUserKey: 'member-1', params: { floor: '10', gate: 'A' } }],
    });
    harness.nowMs += 26 * hourMs;
    await harness.sync();
    const later = await harness.mirror();
    const second = await later.reconciler.due();
    expect(second[0]).toMatchObject({ hourMs: hour, matched: 1, findings: {} });
    expect(await mirror.reconciler.findings({ kind: 'permit_unused' })).toEqual([]);
  });

  it('says how far the clocks are apart, and raises an alarm before that keeps answers from being matched', async () => {
    await happen(
      { id: 'd1', who: 'member-1', answered: {}, recorded: { ...entered, lateMs: 40 * secondMs } },
      { id: 'd2', who: 'member-2', answered: {}, recorded: { ...entered, lateMs: 42 * secondMs } },
      { id: 'd3', who: 'member-3', answered: {}, recorded: { ...entered, lateMs: 44 * secondMs } },
    );
    await harness.sync();
    expect(await compare()).toMatchObject({ matched: 3, clockOffsetMs: 42 * secondMs, findings: {} });
    expect(harness.log).toContainEqual({
      level: 'alert',
      event: 'reconcile.clock_offset',
      fields: { hourMs: hour, offsetMs: 42 * secondMs },
    });
  });

  it('raises an alarm for an entry nobody asked about, and says nothing of who it was', async () => {
    await happen(
      { id: 'd1', who: 'member-1', answered: {}, recorded: entered },
      { id: 'd2', who: 'member-2', answered: null, recorded: entered },
    );
    await harness.sync();
    await (await harness.mirror()).reconciler.due();
    expect(harness.log).toContainEqual({
      level: 'alert',
      event: 'reconcile.hour',
      fields: expect.objectContaining({ entry_not_asked: 1 }),
    });
    expect(JSON.stringify(harness.log)).not.toContain('member-');
  });
});

describe('hours that are due', () => {
  it('are compared though somebody had later ones compared before their turn', async () => {
    await harness.sync();
    const bodies = await Promise.all(
      Array.from({ length: 30 }, (_, n) => decision(`d${n}`, 'member-1', { at: noonMs - (n + 3) * hourMs })),
    );
    await (await harness.mirror()).consumeDecisions(
      createMessageBatch(
        'facepass-decisions',
        bodies.map((body) => ({ id: body.id, timestamp: noonMs, attempts: 1, body })),
      ),
    );
    await (await harness.mirror()).reconciler.range(noonMs - 5 * hourMs, noonMs - 3 * hourMs);
    let decisions = 0;
    for (let run = 0; run < 12; run++) {
      for (const report of await (await harness.mirror()).reconciler.due()) decisions += report.decisions;
    }
    // Those of two hours were compared on demand.
    expect(decisions).toBe(28);
  });
});
