import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Database } from '../store/database.ts';
import { proofsDue } from '../store/proof-store.ts';
import {
  advancePlan,
  hoursWithWaiting,
  type PlannedRange,
  type PlannedSlice,
  type StreamState,
} from '../store/stream-store.ts';
import { ceilingOf, cut, dueRewalks, floorToTick, freshRewalks } from './plan.ts';
import { dueHours, rangesOfHours, WAITING_HOURS_LOOKED_AT, WAITING_TOO_LONG_MS } from './waiting-hours.ts';

export interface PlanParts {
  readonly database: Database;
  readonly log: Log;
  readonly safetyLagMs: number;
  readonly historyStartAt: (nowMs: number) => number;
}

const rewalkTimes = z.record(z.string(), z.number());

/** Plans what a run reads of one stream: what is new up to the frozen ceiling, and what is due to be read again. */
export async function planRun(state: StreamState, parts: PlanParts, nowMs: number): Promise<void> {
  const { database, log } = parts;
  const ceiling = ceilingOf(nowMs, parts.safetyLagMs);
  const { planned_from, planned_until } = state;
  if (planned_from === null || planned_until === null) {
    const start = Math.min(floorToTick(parts.historyStartAt(nowMs)), ceiling);
    await advancePlan(
      database,
      state,
      {
        slices: asSlices('forward', cut(start, ceiling)),
        plannedFrom: start,
        plannedUntil: ceiling,
        rewalks: JSON.stringify(freshRewalks(nowMs)),
        waitingHours: [],
      },
      nowMs,
    );
    return;
  }
  const times = rewalkTimes.parse(JSON.parse(state.rewalks));
  const rewalk = dueRewalks(times, { fromMs: planned_from, untilMs: planned_until }, nowMs);
  const undecided =
    state.stream === 'registrations'
      ? await hoursWithWaiting(database, state.generation, planned_until, WAITING_HOURS_LOOKED_AT)
      : [];
  const waiting = dueHours(undecided, nowMs);
  const tooLong = undecided.filter(({ hourMs }) => nowMs - hourMs >= WAITING_TOO_LONG_MS).length;
  // Once with every longer re-walk, not with every run.
  if (tooLong > 0 && rewalk.isDaily) log.alert('sync.audits_undecided_too_long', { hours: tooLong });
  const proofs = await proofsDue(database, state, nowMs);
  const slices = [
    ...asSlices('forward', cut(planned_until, ceiling)),
    ...asSlices('rewalk', [...rewalk.ranges, ...rangesOfHours(waiting, planned_until)]),
    ...asSlices('verify', proofs.ranges),
  ];
  if (slices.length === 0) return;
  await advancePlan(
    database,
    state,
    {
      slices,
      plannedFrom: planned_from,
      plannedUntil: Math.max(planned_until, ceiling),
      rewalks: JSON.stringify({ ...rewalk.times, ...proofs.times }),
      waitingHours: waiting,
    },
    nowMs,
  );
}

function asSlices(kind: PlannedSlice['kind'], ranges: readonly PlannedRange[]): PlannedSlice[] {
  return ranges.map((range) => ({ ...range, kind }));
}
