import {
  createFacePassClient,
  createMemoryTokenStore,
  type FacePassClient,
  type Runtime,
  type TokenStore,
} from '@facepass-kit/core';
import {
  type BackfillProgress,
  createDataCipher,
  createWebhookSender,
  type ExportRequest,
  type LeaverSweep,
  type StandingsOf,
  type SyncReport,
} from '@facepass-kit/protocol';
import { r2Archive } from './archive/archive-bucket.ts';
import { archive } from './archive/archiver.ts';
import { type Backfill, createBackfill } from './backfill/backfill.ts';
import { type BackfillWorkflows, isConductedBy, noteReader } from './backfill/conductor.ts';
import { type Month, type MonthLeft, nextMonth, readMonth } from './backfill/month.ts';
import { readBackfillProgress } from './backfill/progress.ts';
import { createRebuild } from './backfill/rebuild.ts';
import { consumeDecisions } from './decisions/consume.ts';
import { keepDeadLetters, type Replay, replayDeadLetters } from './decisions/dead-letters.ts';
import { createDecisionFeedback, type DecisionFeedback } from './decisions/feedback.ts';
import type { Bindings, Configuration } from './env.ts';
import { exportRows } from './exports/export-rows.ts';
import { createFaceRegistry } from './leavers/face-registry.ts';
import { createLeavers, type Leavers } from './leavers/leavers.ts';
import { consoleLog, type Log } from './log.ts';
import { createReconciler, type Reconciler } from './reconcile/reconcile.ts';
import { fencedDatabase } from './renewal/fenced-database.ts';
import { namingsOf } from './renewal/naming.ts';
import { createPresentNames } from './renewal/present-names.ts';
import { createRenewal, type Renewal } from './renewal/renewal.ts';
import { createReporter, type Reporter } from './reports/reporter.ts';
import { createStatusReader, type StatusReader } from './reports/status-reader.ts';
import { clientSource } from './source/client-source.ts';
import { createCommitter } from './store/commit.ts';
import { d1Database } from './store/database.ts';
import { createErasure, type Erasure } from './store/erasure.ts';
import { createMirrorReader, type MirrorReader } from './store/mirror-reader.ts';
import { createPersonCache } from './store/person-cache.ts';
import { createQuarantineSealer } from './store/quarantine.ts';
import { tidy } from './store/tidy.ts';
import { type Budget, type BudgetLimits, budgets, createBudget } from './sync/budget.ts';
import { ROWS_PER_COMMIT } from './sync/commit-buffer.ts';
import { runSync } from './sync/run-sync.ts';
import { createTokenBucket } from './sync/token-bucket.ts';
import { createAlertLog, d1CoolDown } from './telemetry/alerts.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createTrafficMeter } from './telemetry/traffic.ts';
import { createUnknownValues } from './telemetry/unknown-values.ts';
import { watchProgress } from './telemetry/watch-progress.ts';

/** The world outside, as parameters: tests own the network, the clock and the dice. */
export interface World {
  readonly fetch: Runtime['fetch'];
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly newId: () => string;
  readonly log: Log;
  /** Default: those of the configured plan. */
  readonly limits?: BudgetLimits;
  readonly rowsPerCommit: number;
  readonly tokenStore: TokenStore;
}

/** Tokens outlive a run for as long as the isolate does. */
const isolateTokens = createMemoryTokenStore();

const platform: World = {
  fetch: (request) => globalThis.fetch(request),
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
  newId: () => crypto.randomUUID(),
  log: consoleLog,
  tokenStore: isolateTokens,
  rowsPerCommit: ROWS_PER_COMMIT,
};

/** Statements that any one step beside a run takes at most: an hour compared, a leaver asked about, a month moved on. */
const QUERIES_PER_STEP = 8;
/** The sweep's share of what FacePass is asked in a second, besides a run's: it is never in a hurry. */
const SWEEP_REQUESTS_PER_SECOND = 1;

export interface Mirror {
  sync(trigger: SyncReport['trigger']): Promise<SyncReport>;
  /** Sends what was raised since the last time to the webhook, where one is configured. */
  deliverAlerts(): Promise<void>;
  readonly log: Log;
  consumeDecisions(batch: MessageBatch<unknown>): Promise<void>;
  keepDeadLetters(batch: MessageBatch<unknown>): Promise<void>;
  replayDeadLetters(): Promise<Replay>;
  readonly erasure: Erasure;
  readonly renewal: Renewal;
  readonly leavers: Pick<Leavers, 'feed' | 'read' | 'approve'>;
  /** Moves settled months to R2, a few steps a run, where that is configured; returns how many steps. */
  archive(): Promise<number>;
  /** Drops what only tells of runs of long ago. */
  tidy(): Promise<number>;
  /** Asks FacePass about people who left, in what the run's budget and rate limit leave. */
  askLeavers(): Promise<number>;
  sweepLeavers(standingsOf: StandingsOf): Promise<LeaverSweep>;
  readonly backfill: Backfill & BackfillWork;
  readonly reconciler: Reconciler;
  readonly feedback: DecisionFeedback;
  readonly reporter: Reporter;
  exportRows(query: ExportRequest): ReadableStream<Uint8Array>;
  readonly read: MirrorReader;
  readonly status: StatusReader;
}

/** What the Workflows of a backfill do in their steps. */
interface BackfillWork {
  /** Reads both histories again into a generation of their own, which then takes over. */
  rebuild(): Promise<void>;
  progress(): Promise<BackfillProgress[]>;
  nextMonth(): Promise<Month | null>;
  noteReader(reading: { instance: string; reader: string; month: Month }): Promise<void>;
  isConductedBy(instance: string): Promise<boolean>;
  /** Reads slices of a month, as many as this invocation may. */
  turn(month: Month): Promise<MonthLeft>;
  /** A piece of the changing over after a rebuild, as large as this invocation may. */
  conclude(): Promise<'more' | 'done'>;
}

/** The mirror stands still while people get other names; what it is asked for meanwhile is to be asked for again. */
export class RenewingError extends Error {
  override readonly name = 'RenewingError';
  readonly code = 'RENEWING';
  readonly renewal: Pick<Renewal, 'step'>;
  /** Goes on with the renewal for as long as this invocation may. */
  readonly goOn: () => Promise<void>;

  constructor(renewal: Renewal, { hasRoom }: Pick<Budget, 'hasRoom'>) {
    super('people are getting other names; ask again in a minute');
    this.renewal = renewal;
    this.goOn = () => renewal.goOn(hasRoom);
  }
}

/**
 * Puts the mirror together for one invocation.
 *
 * @throws RenewingError while its pepper is being changed
 */
export async function createMirror(
  bindings: Omit<Bindings, keyof BackfillWorkflows>,
  configuration: Configuration,
  world: World = platform,
): Promise<Mirror> {
  const { now, sleep, newId } = world;
  const metrics = createMetrics(bindings.METRICS);
  const log = createAlertLog(world.log, metrics);
  const cipher = await createDataCipher(configuration.dataKeys);
  const budget = createBudget(world.limits ?? budgets[configuration.plan], now);
  const database = d1Database(bindings.DB, (count) => budget.countQueries(count));
  const namings = await namingsOf(database, configuration, cipher);
  const renewal = createRenewal({ database, cipher, namings });
  if (namings.moving) throw new RenewingError(renewal, budget);
  const { index, people } = namings.now;
  /** For what writes by name. Commits have the same in a fence of their own. */
  const named =
    namings.under === undefined
      ? database
      : fencedDatabase(database, namings.under, () => new RenewingError(renewal, budget));
  const present = createPresentNames(
    named,
    people,
    configuration.previousPepper !== undefined || configuration.retiredPeppers.length > 0,
  );

  const outOfBudget = new AbortController();
  const traffic = createTrafficMeter();
  /** A client that spends from this invocation's budget, under one rate limit for all that it does. */
  const connect = (perSecond: number) => {
    const bucket = createTokenBucket({ perSecond, now, sleep });
    return createFacePassClient({
      clientId: configuration.clientId,
      clientSecret: configuration.clientSecret,
      baseUrl: configuration.baseUrl,
      tokenUrl: configuration.tokenUrl,
      scope: configuration.scope,
      timeZone: configuration.timeZone,
      tokenStore: world.tokenStore,
      // This client lives within one invocation, and where a new token ends the last one, slices would end each other's.
      shareTokenRefresh: true,
      now,
      sleep,
      random: world.random,
      onEvent: traffic.onEvent,
      fetch: async (request) => {
        if (!budget.takeSubrequest()) {
          outOfBudget.abort();
          throw new Error('the budget of this run is used up');
        }
        await bucket.take();
        return await world.fetch(request);
      },
    });
  };
  const client = connect(configuration.requestsPerSecond);
  const bucket = bindings.ARCHIVE === undefined ? undefined : r2Archive(bindings.ARCHIVE);
  const mayGoOn = (queries = QUERIES_PER_STEP): boolean => budget.hasRoom(queries);
  const leavers = createLeavers({ database: named, people, settings: configuration, now, log, mayGoOn });

  const unknownValues = createUnknownValues();
  /** What histories are read with. */
  const readingWith = (reader: FacePassClient) => ({
    database,
    source: clientSource({ client: reader, now, signal: outOfBudget.signal, unknownValues }),
    committer: createCommitter({
      database,
      people,
      known: createPersonCache(people),
      newId,
      sleep,
      adopt: present.adopt,
    }),
    quarantine: createQuarantineSealer(index, cipher, people),
    budget,
    now,
    log,
    timeZone: configuration.timeZone,
    rowsPerCommit: world.rowsPerCommit,
  });
  const rebuild = createRebuild(database, { now, log, timeZone: configuration.timeZone });

  return {
    async sync(trigger) {
      const { safetyLagMs, historyStartAt } = configuration;
      const report = await runSync(
        { ...readingWith(client), traffic, newId, safetyLagMs, historyStartAt },
        trigger,
      );
      metrics.sync(report);
      await unknownValues.keep(database, log, now());
      await watchProgress(database, report, log, {
        noSuccessMs: configuration.alertNoSuccessMs,
        lagMs: configuration.alertLagMs,
      });
      return report;
    },
    async deliverAlerts() {
      if (configuration.alertWebhook === undefined) return;
      const sender = createWebhookSender({
        ...configuration.alertWebhook,
        store: d1CoolDown(database),
        fetch: world.fetch,
        now,
        sleep,
        newId,
      });
      await log.flush(sender, now());
    },
    log,
    consumeDecisions: (batch) => consumeDecisions(batch, { database: named, present, now, log }),
    keepDeadLetters: (batch) => keepDeadLetters(batch, { database: named, cipher, now, log }),
    replayDeadLetters: () => replayDeadLetters({ database: named, present, cipher, now, log, mayGoOn }),
    archive: async () =>
      bucket === undefined || configuration.archiveAfterMonths === undefined
        ? 0
        : await archive({
            database,
            bucket,
            now,
            log,
            afterMonths: configuration.archiveAfterMonths,
            mayGoOn,
          }),
    tidy: async () => (mayGoOn() ? await tidy(database, now()) : 0),
    leavers: {
      ...leavers,
      feed: { ...leavers.feed, note: async (step) => await leavers.feed.note(await present.feedStep(step)) },
    },
    renewal,
    askLeavers: () => leavers.ask(createFaceRegistry(client, outOfBudget.signal)),
    sweepLeavers: (standingsOf) =>
      leavers.unregister(
        createFaceRegistry(connect(SWEEP_REQUESTS_PER_SECOND), outOfBudget.signal),
        standingsOf,
      ),
    erasure: createErasure(named, people, present, now),
    backfill: {
      ...createBackfill(database, now),
      rebuild: () => rebuild.start(),
      progress: () => readBackfillProgress(database, now()),
      nextMonth: () => nextMonth(database, now()),
      noteReader: (reading) => noteReader(database, reading),
      isConductedBy: (instance) => isConductedBy(database, instance),
      async turn(month) {
        const reader = connect(configuration.backfillRequestsPerSecond);
        const left = await readMonth(month, readingWith(reader));
        await unknownValues.keep(database, log, now());
        return left;
      },
      conclude: () => rebuild.conclude(mayGoOn),
    },
    reconciler: createReconciler(database, { now, log, mayGoOn }),
    feedback: createDecisionFeedback(database, now),
    reporter: createReporter({ database, bucket, mayGoOn, timeZone: configuration.timeZone }),
    exportRows: (query) => exportRows(query, { database, people, bucket, mayGoOn }),
    read: createMirrorReader(database, people),
    status: createStatusReader(database, now),
  };
}
