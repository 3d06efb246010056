import { WorkerEntrypoint } from 'cloudflare:workers';
import type {
  BackfillProgress,
  ExportRequest,
  Finding,
  FindingQuery,
  Leaver,
  LeaverEvent,
  LeaverEventsQuery,
  LeaverSweep,
  LeaversQuery,
  MemberFeedStep,
  MirroredDecision,
  MirroredRegistration,
  MirroredVerification,
  MirrorRpc,
  MirrorStatus,
  MissingDecisionsQuery,
  RecentQuery,
  ReconciledHour,
  Report,
  ReportQuery,
  RunsQuery,
  StandingsOf,
  SyncReport,
  UnusedPermits,
  UnusedPermitsQuery,
} from '@facepass-kit/protocol';
import { type Mirror, RenewingError } from './app.ts';
import { type Conductor, createConductor } from './backfill/conductor.ts';
import type { Bindings } from './env.ts';
import { mirrorOf, withAlerts } from './invocation.ts';
import { d1Database } from './store/database.ts';

/** The schedules of wrangler.jsonc and what each stands for. */
const SYNC_CRON = '*/5 * * * *';
/** By how their names begin: an environment adds its own suffix. */
const DECISIONS_QUEUE = 'facepass-decisions';
const DEAD_LETTER_QUEUE = 'facepass-decisions-dlq';

export { BackfillMonthWorkflow, BackfillWorkflow } from './backfill/workflows.ts';

const conductorOf = (env: Bindings): Conductor =>
  createConductor(d1Database(env.DB), env, () => crypto.randomUUID(), Date.now);

/** Moving the names of a hundred thousand people takes less. */
const RENEWING_DELAY_SECONDS = 60;

function unlessRenewing(error: unknown): null {
  if (error instanceof RenewingError) return null;
  throw error;
}

/** Goes on with a renewal that whoever asked for it has left lying. */
async function finishRenewal(error: unknown): Promise<null> {
  if (!(error instanceof RenewingError)) throw error;
  await error.goOn();
  return null;
}

export default {
  /** Nothing of the mirror is served over HTTP: people ask through the edge app's admin API. */
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (pathname !== '/healthz') return new Response('Not Found', { status: 404 });
    return Response.json({ status: 'ok' });
  },

  async scheduled({ cron }: ScheduledController, env: Bindings): Promise<void> {
    if (cron !== SYNC_CRON) throw new Error(`no work is known for the schedule "${cron}"`);
    const mirror = await mirrorOf(env).catch(finishRenewal);
    if (mirror === null) return;
    await eachInTurn(mirror, {
      sync: () => mirror.sync('cron'),
      reconcile: () => mirror.reconciler.due(),
      leavers: () => mirror.askLeavers(),
      archive: () => mirror.archive(),
      tidy: () => mirror.tidy(),
      backfill: () => conductorOf(env).ensure(),
    });
  },

  async queue(batch: MessageBatch<unknown>, env: Bindings): Promise<void> {
    const mirror = await mirrorOf(env).catch(unlessRenewing);
    if (mirror === null) return batch.retryAll({ delaySeconds: RENEWING_DELAY_SECONDS });
    if (batch.queue.startsWith(DEAD_LETTER_QUEUE)) {
      return await eachInTurn(mirror, { deadLetters: () => mirror.keepDeadLetters(batch) });
    }
    if (batch.queue.startsWith(DECISIONS_QUEUE)) {
      return await eachInTurn(mirror, { decisions: () => mirror.consumeDecisions(batch) });
    }
    throw new Error(`no work is known for the queue "${batch.queue}"`);
  },
} satisfies ExportedHandler<Bindings>;

/**
 * Does pieces of work one after the other, whatever becomes of the one before, then tells whoever is to be alerted.
 *
 * @throws the first failure, so that the runtime knows of it too.
 */
async function eachInTurn(
  mirror: Mirror,
  work: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const [name, run] of Object.entries(work)) {
    try {
      await run();
    } catch (error) {
      failures.push(error);
      mirror.log.alert(`${name}.crashed`, { errorCode: error instanceof Error ? error.name : typeof error });
    }
  }
  await mirror.deliverAlerts();
  if (failures.length > 0) throw failures[0];
}

/** The mirror for other Workers, through a service binding with `entrypoint: "MirrorService"`. */
export class MirrorService extends WorkerEntrypoint<Bindings> implements MirrorRpc {
  async sync(): Promise<SyncReport> {
    return await withAlerts(this.env, (mirror) => mirror.sync('request'));
  }

  async erasePerson(merchantUserKey: string): Promise<{ erased: boolean }> {
    return { erased: await (await mirrorOf(this.env)).erasure.erase(merchantUserKey) };
  }

  async readmitPerson(merchantUserKey: string): Promise<void> {
    await (await mirrorOf(this.env)).erasure.readmit(merchantUserKey);
  }

  async replayDeadLetters(): Promise<{ stored: number; refused: number }> {
    return await withAlerts(this.env, (mirror) => mirror.replayDeadLetters());
  }

  async startBackfill(from: number): Promise<void> {
    await (await mirrorOf(this.env)).backfill.start(from);
    await conductorOf(this.env).ensure();
  }

  async startRebuild(): Promise<void> {
    await (await mirrorOf(this.env)).backfill.rebuild();
    await conductorOf(this.env).ensure();
  }

  async pauseBackfill(): Promise<void> {
    await (await mirrorOf(this.env)).backfill.pause();
  }

  async resumeBackfill(): Promise<void> {
    await (await mirrorOf(this.env)).backfill.resume();
    await conductorOf(this.env).wake();
    await conductorOf(this.env).ensure();
  }

  async cancelBackfill(): Promise<void> {
    await (await mirrorOf(this.env)).backfill.cancel();
    await conductorOf(this.env).wake();
  }

  async backfillProgress(): Promise<BackfillProgress[]> {
    return await (await mirrorOf(this.env)).backfill.progress();
  }

  async reconcile(from: number, to: number): Promise<ReconciledHour[]> {
    return await withAlerts(this.env, (mirror) => mirror.reconciler.range(from, to));
  }

  async findings(query: FindingQuery): Promise<Finding[]> {
    return await (await mirrorOf(this.env)).reconciler.findings(query);
  }

  async unusedPermits(query: UnusedPermitsQuery): Promise<UnusedPermits> {
    return await (await mirrorOf(this.env)).feedback.unusedPermits(query);
  }

  async missingDecisions(query: MissingDecisionsQuery): Promise<number[]> {
    return await (await mirrorOf(this.env)).feedback.missing(query);
  }

  async report(query: ReportQuery): Promise<Report> {
    return await (await mirrorOf(this.env)).reporter.report(query);
  }

  async renew(): Promise<{ renewed: number; done: boolean }> {
    try {
      return await (await mirrorOf(this.env)).renewal.step();
    } catch (error) {
      if (error instanceof RenewingError) return await error.renewal.step();
      throw error;
    }
  }

  async memberCursor(): Promise<number> {
    return await (await mirrorOf(this.env)).leavers.feed.cursor();
  }

  async noteMembers(step: MemberFeedStep): Promise<boolean> {
    return await (await mirrorOf(this.env)).leavers.feed.note(step);
  }

  async askLeavers(): Promise<number> {
    return await withAlerts(this.env, (mirror) => mirror.askLeavers());
  }

  async sweepLeavers(standingsOf: StandingsOf): Promise<LeaverSweep> {
    return await withAlerts(this.env, (mirror) => mirror.sweepLeavers(standingsOf));
  }

  async leavers(query: LeaversQuery, keys: boolean): Promise<Leaver[]> {
    return await (await mirrorOf(this.env)).leavers.read.list(query, keys);
  }

  async approveLeavers(people: string[]): Promise<number> {
    return await (await mirrorOf(this.env)).leavers.approve(people);
  }

  async leaverEvents(query: LeaverEventsQuery): Promise<LeaverEvent[]> {
    return await (await mirrorOf(this.env)).leavers.read.events(query);
  }

  async status(): Promise<MirrorStatus> {
    return await (await mirrorOf(this.env)).status.status();
  }

  async runs(query: RunsQuery): Promise<SyncReport[]> {
    return await (await mirrorOf(this.env)).status.runs(query);
  }

  async exportRows(query: ExportRequest): Promise<ReadableStream<Uint8Array>> {
    return (await mirrorOf(this.env)).exportRows(query);
  }

  async recentVerifications(query: RecentQuery): Promise<MirroredVerification[]> {
    return await (await mirrorOf(this.env)).read.verifications(query);
  }

  async recentRegistrations(query: RecentQuery): Promise<MirroredRegistration[]> {
    return await (await mirrorOf(this.env)).read.registrations(query);
  }

  async recentDecisions(query: RecentQuery): Promise<MirroredDecision[]> {
    return await (await mirrorOf(this.env)).read.decisions(query);
  }
}
