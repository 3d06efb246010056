import * as z from 'zod';
import { leaverState } from '../leavers.ts';
import { mirrorStream, syncReport } from './mirror-rpc.ts';

/** How one history stands. */
export const streamStatus = z.object({
  stream: mirrorStream,
  /** The mirror is complete from and until these instants, UTC milliseconds; null before the first run. */
  completeFrom: z.number().int().nullable(),
  completeUntil: z.number().int().nullable(),
  /** How far that lies behind now, milliseconds. */
  lagMs: z.number().int().nullable(),
  /** When a run last read the history to its end. */
  completedAt: z.number().int().nullable(),
  /** Slices still to be read, a backfill's included, and those of them that failed at least once. */
  openSlices: z.number().int(),
  failingSlices: z.number().int(),
  /** Since when FacePass refuses the whole history, and why; null while it does not. */
  parked: z.object({ since: z.number().int(), code: z.string() }).nullable(),
  /**
   * Stretches that FacePass refuses again and again while it gives the rest, the newest first: since when each is set aside,
   * and why. Each is tried again after six hours, then ever more rarely, weekly in the end.
   */
  holes: z.array(
    z.object({
      from: z.number().int(),
      to: z.number().int(),
      since: z.number().int(),
      code: z.string(),
    }),
  ),
});

/** How the mirror stands. Nothing here names a person. */
export const mirrorStatus = z.object({
  at: z.number().int(),
  streams: z.array(streamStatus),
  /** Rows that could not be read, and decisions that could not be stored. */
  quarantined: z.number().int(),
  deadLetters: z.number().int(),
  /** Values of FacePass's that this version does not know, the latest first. */
  unknownValues: z.array(z.object({ field: z.string(), value: z.string(), firstSeenAt: z.number().int() })),
  /** People who left, by what became of their face. */
  leavers: z.partialRecord(leaverState, z.number().int()),
  /** What was moved to the archive; `until` is the end of its last month. */
  archive: z.object({ until: z.number().int().nullable(), rows: z.number().int(), bytes: z.number().int() }),
});
export type MirrorStatus = z.infer<typeof mirrorStatus>;

/** Runs, newest first; a report of an older version may lack fields, and is then left out. */
export const runReports = z.array(syncReport);

export const replayAnswer = z.object({ stored: z.number().int(), refused: z.number().int() });
