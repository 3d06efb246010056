import * as z from 'zod';
import { decisionMessage } from '../decision-message.ts';
import { jsonObject } from '../json.ts';
import { findingKind, reportName } from '../mirror-rpc.ts';

/** The two histories FacePass keeps and the mirror copies. */
export const mirrorStream = z.enum(['registrations', 'verifications']);
export type MirrorStream = z.infer<typeof mirrorStream>;

/** What one run did for one stream. */
export const streamReport = z.object({
  stream: mirrorStream,
  /** `completed`: every slice up to the ceiling is closed. `partial`: the run stopped in its budget. */
  outcome: z.enum(['completed', 'partial', 'failed']),
  slices: z.number().int(),
  pages: z.number().int(),
  fetched: z.number().int(),
  inserted: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  quarantined: z.number().int(),
  /** Requests to FacePass, those that were made again, and answers 429. */
  requests: z.number().int(),
  retries: z.number().int(),
  rateLimited: z.number().int(),
  /** Of the answers' bodies, as they came out of the connection. */
  bytes: z.number().int(),
  /** The instant up to which the mirror is complete, UTC milliseconds; null before the first slice closed. */
  completeUntil: z.number().int().nullable(),
  /** How far that lies behind the end of the run, milliseconds. */
  lagMs: z.number().int().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type StreamReport = z.infer<typeof streamReport>;

export const syncReport = z.object({
  runId: z.string(),
  trigger: z.enum(['cron', 'request']),
  startedAt: z.number().int(),
  finishedAt: z.number().int(),
  streams: z.array(streamReport),
});
export type SyncReport = z.infer<typeof syncReport>;

export const mirroredVerification = z.object({
  id: z.string(),
  merchantUserKey: z.string().nullable(),
  status: z.string().nullable(),
  resultCode: z.string().nullable(),
  customCode: z.string().nullable(),
  deviceId: z.string().nullable(),
  params: jsonObject.nullable(),
  verifiedAt: z.number().int(),
  transactionId: z.string().nullable(),
});
export type MirroredVerification = z.infer<typeof mirroredVerification>;

export const mirroredRegistration = z.object({
  id: z.string(),
  merchantUserKey: z.string().nullable(),
  auditStatus: z.string().nullable(),
  eventAt: z.number().int(),
});
export type MirroredRegistration = z.infer<typeof mirroredRegistration>;

/** A decision read back, with the person named again for whoever may see it. */
export const mirroredDecision = decisionMessage
  .omit({ v: true, person: true })
  .extend({ merchantUserKey: z.string().nullable() });
export type MirroredDecision = z.infer<typeof mirroredDecision>;

/** How far older history has been read, of one stream. */
export const backfillProgress = z.object({
  stream: mirrorStream,
  /**
   * `concluding`: a rebuild has read everything, and readers are about to change over. `holes`: everything was read but
   * stretches that FacePass refuses, which are tried again ever more rarely.
   */
  state: z.enum(['none', 'running', 'paused', 'concluding', 'holes', 'done']),
  /** Whether the whole history is being read again, into a generation of its own. */
  rebuild: z.boolean(),
  /** The month being read, `yyyy-MM` in UTC. */
  month: z.string().nullable(),
  slices: z.number().int(),
  slicesDone: z.number().int(),
  /** Slices that were set aside, since FacePass refuses them. */
  holes: z.number().int(),
  fetched: z.number().int(),
  startedAt: z.number().int().nullable(),
  /** The mirror is complete from this instant on; null before the first run. */
  completeFrom: z.number().int().nullable(),
  /** Milliseconds still to go at the pace of the last hour; null when nothing is left, or was read lately. */
  etaMs: z.number().int().nullable(),
});
export type BackfillProgress = z.infer<typeof backfillProgress>;

/** One hour of our answers compared with what FacePass recorded. */
export const reconciledHour = z.object({
  /** Its beginning, UTC milliseconds. */
  hourMs: z.number().int(),
  decisions: z.number().int(),
  verifications: z.number().int(),
  matched: z.number().int(),
  /** Attempts that belong to one of several answers, and it cannot be told to which. */
  ambiguous: z.number().int(),
  /** Answers the guard numbered that have not arrived: while there are any, an entry may seem unasked for. */
  decisionsLacking: z.number().int(),
  /** The median of FacePass's clock minus ours over matched attempts, milliseconds; null without any. */
  clockOffsetMs: z.number().int().nullable(),
  findings: z.partialRecord(findingKind, z.number().int()),
});
export type ReconciledHour = z.infer<typeof reconciledHour>;

export const finding = z.object({
  kind: findingKind,
  at: z.number().int(),
  verificationId: z.string().nullable(),
  decisionId: z.string().nullable(),
});
export type Finding = z.infer<typeof finding>;

export const report = z.object({
  name: reportName,
  /** Whether the whole range was mirrored when it was counted. */
  complete: z.boolean(),
  /** What of the range lies in the archive and was not counted, because it is too much or cannot be read; else null. */
  archived: z
    .object({ from: z.number().int(), to: z.number().int(), rows: z.number().int() })
    .nullable()
    .default(null),
  rows: z.array(
    z.object({ key: z.string().nullable(), count: z.number().int(), at: z.number().int().nullable() }),
  ),
});
export type Report = z.infer<typeof report>;
