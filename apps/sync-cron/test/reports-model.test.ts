/** Every report against a slow, plain reading of what it is to count, over random rows at awkward instants. */
import { createMessageBatch } from 'cloudflare:test';
import { type DecisionMessage, type ReportName, reportName } from '@facepass-kit/protocol';
import { seededRandom } from '@facepass-kit/simulator';
import { beforeEach, describe, expect, it } from 'vitest';
import { truthOf } from './support/compare.ts';
import { decision } from './support/decisions.ts';
import { emptyStores } from './support/empty-stores.ts';
import { createHarness, dayMs, type Harness, hourMs, minuteMs } from './support/harness.ts';
import { migrate } from './support/migrate.ts';
import { between, pick } from './support/random-world.ts';

/** The ends of leap day and of the month in Seoul and in UTC, and the day before. */
const edges = [
  Date.UTC(2028, 1, 28),
  Date.UTC(2028, 1, 28, 15),
  Date.UTC(2028, 1, 29),
  Date.UTC(2028, 1, 29, 15),
  Date.UTC(2028, 2, 1),
] as const;
/** Around an edge: 23:59:59.999 and its neighbours, the same second, a little or much later. */
const beside = [-1_000, -1, 0, 1, 999, 1_000, minuteMs, hourMs, 7 * hourMs] as const;

interface Row {
  readonly atMs: number;
  readonly status: string;
  readonly person: string | null;
  readonly key: string | null;
}
interface Told {
  readonly key: string | null;
  readonly count: number;
  readonly at: number | null;
}

const isUndecided = (status: string): boolean => status === 'WAITING' || status === 'HOLDING';

/** `2028-02-29T23:00` of an instant in Seoul, by the platform's calendar. */
function wallHour(ms: number): string {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Asia/Seoul',
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(ms);
  return `${text.slice(0, 10)}T${text.slice(11, 13)}:00`;
}

function told(entries: readonly { key: string | null; at?: number }[], latest?: 'max' | 'min'): Told[] {
  const keys = [...new Set(entries.map(({ key }) => key))];
  return keys.map((key) => {
    const same = entries.filter((entry) => entry.key === key);
    const times = same.flatMap(({ at }) => at ?? []);
    return { key, count: same.length, at: latest === undefined ? null : Math[latest](...times) };
  });
}

/** How long the audit that an event decides had waited: since the person's last WAITING that nothing had decided. */
function waitedMs(event: Row, all: readonly Row[]): number | null {
  const before = all.filter((one) => one !== event && one.person === event.person && one.atMs <= event.atMs);
  const since = Math.max(...before.filter(({ status }) => status === 'WAITING').map(({ atMs }) => atMs));
  const isOver = before.some(
    ({ status, atMs }) => !isUndecided(status) && atMs >= since && atMs < event.atMs,
  );
  return Number.isFinite(since) && !isOver ? event.atMs - since : null;
}

function spanOf(ms: number): string {
  if (ms < minuteMs) return 'under a minute';
  if (ms < hourMs) return 'under an hour';
  if (ms < dayMs) return 'under a day';
  return ms < 7 * dayMs ? 'under a week' : 'a week or longer';
}

describe('every report', () => {
  let harness: Harness;

  beforeEach(async () => {
    await emptyStores();
    await migrate();
  });

  it.each([1, 2, 3, 4, 5, 6])('counts what it says, by a plain model (seed %d)', async (seed) => {
    const random = seededRandom(seed);
    const instant = (): number => pick(random, edges) + pick(random, beside);
    const [start, end] = [edges[0] - dayMs, Date.UTC(2028, 2, 2)];
    harness = await createHarness({ historyStartAt: () => start });
    harness.nowMs = end;
    await harness.become({ subSecond: 'shown', maxPageSize: 1_000 });
    const person = () => `member-${between(random, 0, 5)}`;
    await harness.facepass.control.run('records/verifications', {
      items: Array.from({ length: 120 }, () => ({
        atMs: instant(),
        merchantUserKey: pick(random, [person(), null]),
        status: pick(random, ['SUCCESS', 'SUCCESS', 'FAIL', 'MAYBE']),
        resultCode: pick(random, [null, 'FACE_NOT_FOUND', 'BRAND_NEW']),
        deviceId: `IPAD00${between(random, 0, 3)}`,
        params: pick<Record<string, unknown>>(random, [
          {},
          { floor: '10', gate: 'A' },
          { gate: 'A', floor: '10' },
          { 층: 3 },
        ]),
      })),
    });
    // In a second, what is undecided comes before what decides it.
    const events = Array.from({ length: 60 }, () => ({
      atMs: Math.floor(instant() / 1_000) * 1_000 + between(random, 0, 40) * minuteMs,
      merchantUserKey: person(),
      auditStatus: pick(random, ['WAITING', 'HOLDING', 'SUCCESS', 'FAILURE', 'CANCELED', 'NEW']),
    }));
    const distinct = new Map(events.map((event) => [`${event.merchantUserKey}@${event.atMs}`, event]));
    const decidedAtOnce = [...distinct.values()]
      .filter(({ auditStatus }) => isUndecided(auditStatus))
      .slice(0, 5)
      .map((event) => ({ ...event, auditStatus: 'SUCCESS' }));
    await harness.facepass.control.run('records/registrations', {
      items: [...decidedAtOnce, ...distinct.values()],
    });
    const answers: DecisionMessage[] = await Promise.all(
      Array.from({ length: 60 }, async (_, index) =>
        decision(`d${index}`, person(), {
          at: instant(),
          effect: pick(random, ['permit', 'deny']),
          reason: pick(random, ['permitted', 'no_grant', 'lockdown']),
          zoneId: pick(random, ['gym', 'pool', null]),
          repeatOf: pick(random, [null, null, 'd0']),
          inputs: pick<DecisionMessage['inputs']>(random, [
            {},
            { v: 1, member: { groups: ['staff', 'crew'] } },
            { facts: { groups: ['staff'] } },
          ]),
        }),
      ),
    );
    const mirror = await harness.mirror();
    // Redelivered out of order: each counts once.
    for (const some of [answers.slice(30), answers, answers.toReversed()]) {
      const messages = some.map((body) => ({ id: body.id, timestamp: body.at, attempts: 1, body }));
      await mirror.consumeDecisions(createMessageBatch('facepass-decisions', messages));
    }
    await harness.sync();

    const truth = await truthOf(harness);
    for (let asked = 0; asked < 6; asked++) {
      const [one, other] = [instant(), instant()];
      if (one === other) continue;
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const within = ({ atMs }: { readonly atMs: number }): boolean => atMs >= from && atMs < to;
      const attempts = truth.verifications.filter(within);
      const entries = attempts.filter(({ status }) => status === 'SUCCESS');
      const rows: Row[] = truth.registrationEvents.map(({ atMs, auditStatus, merchantUserKey }) => ({
        atMs,
        status: auditStatus,
        person: merchantUserKey,
        key: null,
      }));
      const registrations = rows.filter(within);
      const decided = answers.filter(({ at, repeatOf }) => at >= from && at < to && repeatOf === null);
      const permits = decided.filter(({ effect }) => effect === 'permit');
      const groupsOf = ({ inputs }: DecisionMessage): string[] => {
        const { member, facts } = inputs as { member?: { groups: string[] }; facts?: { groups: string[] } };
        return member?.groups ?? facts?.groups ?? [];
      };
      const lastOf = (name: string | null) =>
        registrations
          .filter((row) => row.person === name)
          .sort(
            (a, b) => b.atMs - a.atMs || Number(isUndecided(a.status)) - Number(isUndecided(b.status)),
          )[0];
      const people = [...new Set(registrations.map((row) => row.person))];
      const isDecidedLater = (row: Row): boolean =>
        rows.some(
          (later) => later.person === row.person && later.atMs >= row.atMs && !isUndecided(later.status),
        );
      const expected: Record<ReportName, Told[]> = {
        entries_by_hour: told(entries.map(({ atMs }) => ({ key: wallHour(atMs) }))),
        entries_by_day: told(entries.map(({ atMs }) => ({ key: wallHour(atMs).slice(0, 10) }))),
        entries_by_device: told(entries.map(({ deviceId }) => ({ key: deviceId }))),
        entries_by_place: told(
          entries.map(({ params }) => ({ key: JSON.stringify(params, Object.keys(params).sort()) })),
        ),
        failures_by_result: told(
          attempts
            .filter(({ status }) => status !== 'SUCCESS')
            .map(({ resultCode }) => ({ key: resultCode })),
        ),
        device_last_seen: told(
          attempts.map(({ deviceId, atMs }) => ({ key: deviceId, at: atMs })),
          'max',
        ),
        registrations_by_status: told(registrations.map(({ status }) => ({ key: status }))),
        registrants_by_status: told(
          people.flatMap((name) => lastOf(name) ?? []).map(({ status }) => ({ key: status })),
        ),
        audit_waiting: told(
          registrations
            .filter(({ status }) => !isUndecided(status))
            .flatMap((row) => waitedMs(row, rows) ?? [])
            .map((ms) => ({ key: spanOf(ms) })),
        ),
        audits_undecided: told(
          registrations
            .filter((row) => isUndecided(row.status) && !isDecidedLater(row))
            .map(({ status, atMs }) => ({ key: status, at: atMs })),
          'min',
        ),
        permits_by_zone: told(permits.map(({ zoneId }) => ({ key: zoneId }))),
        permits_by_group: told(permits.flatMap(groupsOf).map((key) => ({ key }))),
        denials_by_reason: told(
          decided.filter(({ effect }) => effect === 'deny').map(({ reason }) => ({ key: reason })),
        ),
      };
      for (const name of reportName.options) {
        const { rows: counted, complete } = await mirror.reporter.report({ name, from, to });
        const inOrder = (list: readonly Told[]) => list.map((row) => JSON.stringify(row)).sort();
        expect({ name, from, to, complete, rows: inOrder(counted) }).toEqual({
          name,
          from,
          to,
          complete: true,
          rows: inOrder(expected[name]),
        });
      }
    }
  });
});
