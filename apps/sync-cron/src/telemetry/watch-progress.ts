import { type MirrorStream, mirrorStream, type SyncReport } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Database } from '../store/database.ts';

export interface ProgressLimits {
  /** A stream that no run has read to its end for this long is stuck. */
  readonly noSuccessMs: number;
  /** A mirror further behind than this is late. */
  readonly lagMs: number;
}

const progressRow = z.object({ stream: mirrorStream, completed_at: z.number().nullable() });

/**
 * Notes which streams a run read to their end, and raises an alarm for those that none did for too long, or whose
 * mirror lags too far behind. A backfill or an unread re-walk is no lag: what counts is the instant up to which the
 * mirror is complete.
 */
export async function watchProgress(
  database: Database,
  report: SyncReport,
  log: Log,
  { noSuccessMs, lagMs }: ProgressLimits,
): Promise<void> {
  const completed = report.streams
    .filter(({ outcome }) => outcome === 'completed')
    .map(({ stream }) => stream);
  const results = await database.execute([
    {
      // A stream that never succeeded counts from its first run on.
      sql: `UPDATE streams SET completed_at = CASE WHEN stream IN (SELECT value FROM json_each(?1)) THEN ?2
              ELSE coalesce(completed_at, ?3) END`,
      params: [JSON.stringify(completed), report.finishedAt, report.startedAt],
    },
    { sql: 'SELECT stream, completed_at FROM streams ORDER BY stream' },
  ]);
  const since = new Map<MirrorStream, number>(
    (results[1]?.rows ?? []).map((row) => {
      const { stream, completed_at } = progressRow.parse(row);
      return [stream, completed_at ?? report.startedAt];
    }),
  );
  for (const { stream, completeUntil, error } of report.streams) {
    const withoutMs = report.finishedAt - (since.get(stream) ?? report.finishedAt);
    if (withoutMs >= noSuccessMs) {
      log.alert('sync.no_success', {
        stream,
        minutes: Math.floor(withoutMs / 60_000),
        lastError: error?.code ?? null,
      });
    }
    const behindMs = completeUntil === null ? null : report.finishedAt - completeUntil;
    if (behindMs !== null && behindMs >= lagMs) {
      log.alert('sync.lag', { stream, minutes: Math.floor(behindMs / 60_000) });
    }
  }
}
