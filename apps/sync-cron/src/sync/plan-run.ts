import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Database, Statement } from '../store/database.ts';
import { proofsDue, unproven } from '../store/proof-store.ts';
import {
  hoursUndecidedBefore,
  type PlannedRange,
  type PlannedSlice,
  type PlanStep,
  planStatements,
  type RunInputs,
  type StreamState,
  type UndecidedHour,
} from '../store/stream-store.ts';
import { ceilingOf, cut, dueRewalks, floorToTick, freshRewalks } from './plan.ts';
import { dueHours, rangesOfHours, WAITING_TOO_LONG_MS } from './waiting-hours.ts';

export interface PlanParts {
  readonly database: Database;
  readonly log: Log;
  readonly safetyLagMs: number;
  readonly historyStartAt: (nowMs: number) => number;
}

/** How far back a scheduled run reads when it is the first. */
const FIRST_RUN_MS = 7 * 86_400_000;

const rewalkTimes = z.record(z.string(), z.number());

/**
 * Plans what a run reads: what is new up to the frozen ceiling, and what is due to be read again; both streams in
 * one transaction.
 */
export async function planRun(inputs: RunInputs, parts: PlanParts, nowMs: number): Promise<void> {
  const statements: Statement[] = [];
  for (const state of inputs.streams) {
    const step = await planStream(state, inputs.undecidedHours, parts, nowMs);
    if (step !== null) statements.push(...planStatements(state, step, nowMs));
  }
  if (statements.length > 0) await parts.database.execute(statements);
}

async function planStream(
  state: StreamState,
  undecidedHours: readonly UndecidedHour[],
  { database, log, safetyLagMs, historyStartAt }: PlanParts,
  nowMs: number,
): Promise<PlanStep | null> {
  const ceiling = ceilingOf(nowMs, safetyLagMs);
  const { planned_from } = state;
  if (planned_from === null || state.planned_until === null) {
    const start = Math.min(floorToTick(historyStartAt(nowMs)), ceiling);
    const recent = Math.max(start, ceiling - FIRST_RUN_MS);
    return {
      // A backfill reads what is older, so that years of history do not keep today's waiting.
      slices: [...asSlices('forward', cut(recent, ceiling)), ...asSlices('backfill', cut(start, recent))],
      plannedFrom: start,
      plannedUntil: ceiling,
      rewalks: JSON.stringify({ ...freshRewalks(nowMs), ...unproven(start) }),
      waitingHours: [],
    };
  }
  // A clock that was ahead has planned, and read, what had not happened yet.
  const planned_until = Math.min(state.planned_until, Math.max(ceiling, planned_from));
  const times = rewalkTimes.parse(JSON.parse(state.rewalks));
  const rewalk = dueRewalks(times, { fromMs: planned_from, untilMs: planned_until }, nowMs);
  const undecided = state.stream === 'registrations' ? undecidedHours : [];
  const waiting = dueHours(undecided, nowMs);
  // Once with every longer re-walk, not with every run.
  if (rewalk.isDaily && state.stream === 'registrations') {
    const hours = await hoursUndecidedBefore(database, state.generation, nowMs - WAITING_TOO_LONG_MS);
    if (hours > 0) log.alert('sync.audits_undecided_too_long', { hours });
  }
  const proofs = await proofsDue(database, state, nowMs);
  const slices = [
    ...asSlices('forward', cut(planned_until, ceiling)),
    ...asSlices('rewalk', [...rewalk.ranges, ...rangesOfHours(waiting, planned_until)]),
    ...asSlices('verify', proofs.ranges),
  ];
  if (slices.length === 0 && planned_until === state.planned_until) return null;
  return {
    slices,
    plannedFrom: planned_from,
    plannedUntil: Math.max(planned_until, ceiling),
    rewalks: JSON.stringify({ ...rewalk.times, ...proofs.times }),
    waitingHours: waiting,
  };
}

function asSlices(kind: PlannedSlice['kind'], ranges: readonly PlannedRange[]): PlannedSlice[] {
  return ranges.map((range) => ({ ...range, kind }));
}
