import { memberKeySchema } from '@facepass-kit/access/schema';
import * as z from 'zod';
import type { Leaver, LeaverEvent, LeaverSweep } from './answers/leavers.ts';
import type {
  BackfillProgress,
  Finding,
  MirroredDecision,
  MirroredRegistration,
  MirroredVerification,
  ReconciledHour,
  Report,
  SyncReport,
} from './answers/mirror-rpc.ts';
import type { MirrorStatus } from './answers/mirror-status.ts';
import type { MissingDecisionsQuery, UnusedPermits, UnusedPermitsQuery } from './decision-feedback.ts';
import type { LeaverEventsQuery, LeaversQuery, MemberFeedStep, StandingsOf } from './leavers.ts';
import { type ExportRequest, exportFormat } from './mirror-export.ts';
import type { RunsQuery } from './mirror-status.ts';

/** A bounded look at the newest rows; `limit` is 1 to 1,000 (default 100). */
export const recentQuery = z.strictObject({
  merchantUserKey: memberKeySchema.optional(),
  /** Rows at or after this instant, UTC milliseconds. */
  since: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** The same in an address, where no key may stand: addresses are logged. */
export const recentAddressQuery = recentQuery.omit({ merchantUserKey: true });
export type RecentQuery = z.input<typeof recentQuery>;

/** What is to become of reading older history; `from` is where it begins, UTC milliseconds. */
export const backfillOrder = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('start'), from: z.number().int().min(0) }),
  z.strictObject({ action: z.enum(['pause', 'resume', 'cancel', 'rebuild']) }),
]);
export type BackfillOrder = z.infer<typeof backfillOrder>;

/** What comparing our answers with FacePass's records can find. */
export const findingKind = z.enum([
  /** Somebody entered, and we were never asked. */
  'entry_not_asked',
  /** FacePass says that we denied; we never did. */
  'denial_not_ours',
  'entered_although_denied',
  'denied_although_permitted',
  /** FacePass recorded another code than we answered. */
  'code_differs',
  /** We permitted, and nobody entered. */
  'permit_unused',
]);
export type FindingKind = z.infer<typeof findingKind>;

/** Findings of one kind, oldest first. */
export const findingQuery = z.strictObject({
  kind: findingKind,
  /** Findings at or after this instant, UTC milliseconds. */
  since: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type FindingQuery = z.input<typeof findingQuery>;

/** The questions a report answers; each counts within a range of time. */
export const reportName = z.enum([
  /** Attempts that let somebody in, by hour, day or device; hours and days are FacePass's wall clock. */
  'entries_by_hour',
  'entries_by_day',
  'entries_by_device',
  /** The same by the parameters of the device, as canonical JSON. */
  'entries_by_place',
  /** Permits by the zone they were for, and by each group the member had then. */
  'permits_by_zone',
  'permits_by_group',
  'denials_by_reason',
  /** Attempts that failed, by FacePass's reason. */
  'failures_by_result',
  /** Registration events by audit status. */
  'registrations_by_status',
  /** People by the status of their last registration event in the range: the funnel. */
  'registrants_by_status',
  /** Audits decided, by how long they had waited: under a minute, hour, day, week, or longer. */
  'audit_waiting',
  /** Registrations still undecided; `at` is the oldest. */
  'audits_undecided',
  /** Each device's attempts; `at` is when it was last heard of. */
  'device_last_seen',
]);
export type ReportName = z.infer<typeof reportName>;

/** A year and a day: what a yearly report needs, and what one query can count. */
const REPORT_RANGE_MAX_MS = 367 * 86_400_000;

export const reportQuery = z
  .object({
    name: reportName,
    /** UTC milliseconds; `from` counts, `to` does not. */
    from: z.coerce.number().int(),
    to: z.coerce.number().int(),
  })
  .refine(({ from, to }) => from < to && to - from <= REPORT_RANGE_MAX_MS, {
    path: ['to'],
    error: 'expected a later instant, at most a year after from',
  });
export type ReportQuery = z.input<typeof reportQuery>;

/** The same in an address, and as a file where `format` is given. */
export const reportPath = z.strictObject({ name: reportName });

export const reportAddressQuery = z.strictObject({
  from: z.coerce.number().int(),
  to: z.coerce.number().int(),
  format: exportFormat.optional(),
});

/** The entrypoint `MirrorService` of sync-cron, as another Worker sees it through a service binding. */
export interface MirrorRpc {
  /** Mirrors both histories up to now and reports what changed. */
  sync(): Promise<SyncReport>;
  /**
   * Forgets a person: their rows stay, about nobody, and nothing that comes later leads to them again.
   * `erased` says whether the mirror knew them.
   */
  erasePerson(merchantUserKey: string): Promise<{ erased: boolean }>;
  /** Lets an erased person be mirrored again from now on. */
  readmitPerson(merchantUserKey: string): Promise<void>;
  /** Tries the oldest decisions that could not be stored again, at most 100. */
  replayDeadLetters(): Promise<{ stored: number; refused: number }>;
  /** Extends the mirror back to `from` (UTC milliseconds); a Workflow reads it month by month, from new to old. */
  startBackfill(from: number): Promise<void>;
  /**
   * Reads both histories again into a generation of their own. Until that is done the old rows are read; then what
   * FacePass did not give again is marked absent, and nothing is deleted that has no newer copy.
   */
  startRebuild(): Promise<void>;
  pauseBackfill(): Promise<void>;
  resumeBackfill(): Promise<void>;
  /** Gives up what is not read yet, an unfinished rebuild included; what was read stays. */
  cancelBackfill(): Promise<void>;
  backfillProgress(): Promise<BackfillProgress[]>;
  /**
   * Compares the hours of a range (UTC milliseconds, at most a day of it) again, as far as they are completely
   * mirrored; every scheduled run does so by itself for the hours that are due.
   */
  reconcile(from: number, to: number): Promise<ReconciledHour[]>;
  /** What comparing found. A `permit_unused` names a permit that never became an entry. */
  findings(query: FindingQuery): Promise<Finding[]>;
  /**
   * Permits of the guard that never became an entry, in the order in which hours were compared; the same one may
   * come again when its hour is compared again.
   */
  unusedPermits(query: UnusedPermitsQuery): Promise<UnusedPermits>;
  /** Numbers of a source within a range whose decision is not here, ascending, at most 1,000. */
  missingDecisions(query: MissingDecisionsQuery): Promise<number[]>;
  /** How the mirror stands: how late, what waits, what is stuck. */
  status(): Promise<MirrorStatus>;
  /** What the last runs did, newest first. */
  runs(query: RunsQuery): Promise<SyncReport[]>;
  /** Counts; at most 10,000 rows, by key. */
  report(query: ReportQuery): Promise<Report>;
  /**
   * Rows of a range as text, as bytes that are made while they are read. A stream that cannot be brought to its end
   * breaks off with an error and never ends short.
   */
  exportRows(query: ExportRequest): Promise<ReadableStream<Uint8Array>>;
  /**
   * Brings a part of what is stored under the current pepper and data key; call it until `done`. People keep being
   * found under the pepper of before as long as the mirror has it.
   */
  renew(): Promise<{ renewed: number; done: boolean }>;
  /** Up to which change of the directory the mirror has been told. */
  memberCursor(): Promise<number>;
  /**
   * Takes a step of the directory's changes: erased people are erased here too, and who left is remembered for
   * the sweep until they come back. False where the cursor stands elsewhere by now, and then nothing is done.
   */
  noteMembers(step: MemberFeedStep): Promise<boolean>;
  /** Asks FacePass about people who left and are due; every scheduled run does so by itself. */
  askLeavers(): Promise<number>;
  /**
   * Unregisters the faces of people who left, where that is switched on or was approved: a few at a time, and each
   * only after FacePass and the directory were asked once more.
   */
  sweepLeavers(standingsOf: StandingsOf): Promise<LeaverSweep>;
  /** People who left, in the order of `person`; with their keys where `keys` says so. */
  leavers(query: LeaversQuery, keys: boolean): Promise<Leaver[]>;
  /** Has faces unregistered by the next sweep; returns how many of the people have one. */
  approveLeavers(people: string[]): Promise<number>;
  /** What was done about people who left, newest first. */
  leaverEvents(query: LeaverEventsQuery): Promise<LeaverEvent[]>;
  recentVerifications(query: RecentQuery): Promise<MirroredVerification[]>;
  recentRegistrations(query: RecentQuery): Promise<MirroredRegistration[]>;
  recentDecisions(query: RecentQuery): Promise<MirroredDecision[]>;
}
