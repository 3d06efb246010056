import {
  type Finding,
  type FindingQuery,
  finding,
  findingQuery,
  type ReconciledHour,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { type Database, rowsOf } from '../store/database.ts';
import { LATEST_AFTER_MS } from './match.ts';
import { HOUR_MS, reconcileHour } from './reconcile-hour.ts';

/** Queue and outbox deliver within minutes; an hour is compared when its last answers have surely come. */
const DELIVERY_MS = 10 * 60_000;
/** A day later the daily re-walk has brought what FacePass recorded late. */
const SECOND_PASS_MS = 26 * HOUR_MS;
/** FacePass records within seconds; a clock this far away soon keeps answers from being matched at all. */
const CLOCK_OFFSET_ALARM_MS = 30_000;
/** So many permits in an hour that nobody used, and no answer that matches a record, are a wrong setting. */
const UNUSED_ALARM = 10;
/** Hours compared in one run: a day's backlog is gone within the hour. */
const HOURS_PER_RUN = 3;
/** How far behind the newest hour that was compared one is looked for that was passed over. */
const LOOK_BACK_MS = 62 * 24 * HOUR_MS;
/** What is looked at on either side of an hour. */
const MARGIN_MS = 2 * LATEST_AFTER_MS;

export interface Reconciler {
  /** Compares the hours that are due, a few at a time. */
  due(): Promise<ReconciledHour[]>;
  /** Compares the hours of a range again, at most a day of it; those not completely mirrored are left out. */
  range(fromMs: number, toMs: number): Promise<ReconciledHour[]>;
  findings(query: FindingQuery): Promise<Finding[]>;
}

const dueRow = z.object({
  first: z.number().nullable(),
  last: z.number().nullable(),
  again: z.number().nullable(),
});
const hourRow = z.object({ hour_ms: z.number() });
const spanRow = z.object({ from_ms: z.number().nullable(), until_ms: z.number().nullable() });

const HOURS_PER_RANGE = 24;

export function createReconciler(
  database: Database,
  {
    now,
    log,
    mayGoOn,
  }: {
    readonly now: () => number;
    readonly log: Log;
    /** Whether the invocation's budget has room for one more hour. */
    readonly mayGoOn: () => boolean;
  },
): Reconciler {
  /** The hours of the completely mirrored stretch that is still here, with a margin for what lies across the hour. */
  const comparable = async (): Promise<{ readonly fromMs: number; readonly untilMs: number } | null> => {
    const [row] = await rowsOf(
      database,
      `SELECT max(coalesce(max(CASE WHEN kind = 'backfill' OR (kind = 'forward' AND set_aside_at IS NOT NULL)
           THEN to_ms END), 0), planned_from,
           coalesce((SELECT max(to_ms) FROM archive_months), 0)) AS from_ms,
         coalesce(min(CASE WHEN kind = 'forward' AND set_aside_at IS NULL THEN from_ms END), planned_until) AS until_ms
       FROM streams JOIN generations USING (stream, generation)
       LEFT JOIN slices ON slices.stream = streams.stream AND slices.generation = streams.generation
         AND slices.state = 'open'
       WHERE streams.stream = 'verifications'`,
    );
    const { from_ms, until_ms } = spanRow.parse(row);
    if (from_ms === null || until_ms === null) return null;
    return {
      fromMs: Math.ceil((from_ms + MARGIN_MS) / HOUR_MS) * HOUR_MS,
      untilMs: floorToHour(Math.min(until_ms, now() - DELIVERY_MS) - MARGIN_MS),
    };
  };

  /** Hours nobody has compared yet: somebody may have asked for later ones before it was their turn. */
  const uncompared = async (fromMs: number, untilMs: number): Promise<number[]> => {
    const rows = await rowsOf(
      database,
      'SELECT hour_ms FROM reconciliations WHERE hour_ms >= ?1 AND hour_ms < ?2',
      [fromMs, untilMs],
    );
    const compared = new Set(rows.map((row) => hourRow.parse(row).hour_ms));
    return hoursOf(fromMs, untilMs, Number.POSITIVE_INFINITY).filter((hour) => !compared.has(hour));
  };

  const compare = async (hours: readonly number[]): Promise<ReconciledHour[]> => {
    const reports: ReconciledHour[] = [];
    for (const hourMs of hours) {
      if (!mayGoOn()) break;
      const pass = now() - hourMs >= SECOND_PASS_MS ? 2 : 1;
      const report = await reconcileHour(database, hourMs, pass, now());
      reports.push(report);
      const { findings, ...counts } = report;
      const found = Object.values(findings).reduce((sum, count) => sum + count, 0);
      // An unused permit is somebody who turned round at the door, not an alarm.
      const isAlarming = found - (findings.permit_unused ?? 0) > 0;
      const write = isAlarming ? log.alert : log.info;
      write('reconcile.hour', { ...counts, ...findings });
      if (report.matched === 0 && (findings.permit_unused ?? 0) >= UNUSED_ALARM) {
        log.alert('reconcile.nothing_matches', { hourMs, permits: findings.permit_unused ?? 0 });
      }
      if (Math.abs(report.clockOffsetMs ?? 0) >= CLOCK_OFFSET_ALARM_MS) {
        log.alert('reconcile.clock_offset', { hourMs, offsetMs: report.clockOffsetMs });
      }
    }
    return reports;
  };

  return {
    async due() {
      if (!mayGoOn()) return [];
      const [row] = await rowsOf(
        database,
        `SELECT (SELECT min(at) FROM decisions) AS first, (SELECT max(hour_ms) FROM reconciliations) AS last,
           (SELECT min(hour_ms) FROM reconciliations WHERE pass = 1 AND hour_ms <= ?1) AS again`,
        [now() - SECOND_PASS_MS],
      );
      const { first, last, again } = dueRow.parse(row);
      if (first === null) return [];
      const span = await comparable();
      if (span === null) return [];
      const from = Math.max(floorToHour(first), span.fromMs, (last ?? 0) - LOOK_BACK_MS);
      const hours = (await uncompared(from, span.untilMs)).slice(0, HOURS_PER_RUN);
      return await compare(again === null ? hours : [again, ...hours]);
    },
    async range(fromMs, toMs) {
      const span = await comparable();
      if (span === null) return [];
      const from = Math.max(floorToHour(fromMs), span.fromMs);
      return await compare(hoursOf(from, Math.min(toMs, span.untilMs), HOURS_PER_RANGE));
    },
    async findings(query) {
      const { kind, since, limit } = findingQuery.parse(query);
      const rows = await rowsOf(
        database,
        `SELECT kind, at, nullif(verification_id, '') AS verificationId, nullif(decision_id, '') AS decisionId
         FROM findings WHERE kind = ?1 AND at >= ?2 ORDER BY at LIMIT ?3`,
        [kind, since ?? Number.MIN_SAFE_INTEGER, limit],
      );
      return rows.map((row) => finding.parse(row));
    },
  };
}

function hoursOf(fromMs: number, untilMs: number, limit: number): number[] {
  const hours: number[] = [];
  for (let hour = fromMs; hour < untilMs && hours.length < limit; hour += HOUR_MS) hours.push(hour);
  return hours;
}

function floorToHour(ms: number): number {
  return Math.floor(ms / HOUR_MS) * HOUR_MS;
}
