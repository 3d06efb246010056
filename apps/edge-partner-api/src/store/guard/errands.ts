import type { DenyEntry } from '@facepass-kit/access';
import type { Bindings } from '../../env.ts';
import { describeError } from '../../log.ts';
import { withinBudget } from '../../services/budget.ts';
import { telemetryOf } from '../../telemetry/telemetry.ts';
import { createQueueDecisionLog, type DecisionLog } from '../decision-log.ts';
import { createKvDoorNotices } from '../door-notice.ts';
import { createKvMemberProjection, PROJECTION_HORIZON_MS } from '../member-projection.ts';
import { FLUSH_AFTER_MS, FLUSH_LIMIT, flush } from './flush.ts';
import type { GuardState } from './guard-state.ts';
import type { GuardRenaming } from './names.ts';

/** What the guard does between questions: empties its outbox, brings KV up to date, forgets what is over. */
export interface Errands {
  /** One run; when the next one is due, or null where nothing waits. */
  run(): Promise<number | null>;
}

/** Member changes written to KV in one run, well below the subrequests an invocation may make. */
const PROJECT_LIMIT = 200;
/** Writes to KV under way at once: half of an object's connections, so that doors that ask for a member have the others. */
const PROJECT_AT_ONCE = 3;
/** After an import of thousands the overlay's entries end within milliseconds of each other: together, not each alone. */
const FORGET_EVERY_MS = 1_000;
/** After a failed run the next one waits, twice as long each time, up to a minute. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** Where one errand hangs, the others are not to wait for it: a lockdown must reach KV though the queue is silent. */
const RUN_BUDGET_MS = 20_000;
/** An errand is begun once at a time, so that no older write lands after a newer one; this late it never ends. */
const HOPELESS_MS = 5 * 60_000;

/** @param move moves everything that is remembered of people to other names */
export function createErrands(
  state: GuardState,
  env: Bindings,
  move: (renamings: readonly GuardRenaming[]) => void,
): Errands {
  const { log } = telemetryOf(env);
  const { outbox, overlay, memory, ledger, modes, denies, names, progress } = state;
  const decisions = createQueueDecisionLog(env.DECISIONS);
  const projection = createKvMemberProjection(env.RULES);
  const notices = createKvDoorNotices(env.RULES);
  let failures = 0;
  const underWay = new Map<() => Promise<void>, { readonly since: number; readonly work: Promise<void> }>();

  /** Begins an errand, or goes on waiting for it where it is still under way. */
  const within = async (errand: () => Promise<void>): Promise<void> => {
    const last = underWay.get(errand);
    const now = Date.now();
    const goesOn = last !== undefined && now - last.since < HOPELESS_MS;
    const { work } = goesOn ? last : { work: errand() };
    if (!goesOn) underWay.set(errand, { since: now, work });
    const ended = (): void => {
      if (underWay.get(errand)?.work === work) underWay.delete(errand);
    };
    work.then(ended, ended);
    await withinBudget(work, RUN_BUDGET_MS);
  };

  /**
   * While the pepper is being changed a decision brings both names of who asked. Of people who are in no list of members,
   * nothing else does: they are moved before what says so is on its way out.
   */
  const queue: DecisionLog = {
    ...decisions,
    async send(batch) {
      const renamings = batch.flatMap(({ person: { hmac, former, sealed } }) =>
        former === undefined || names.of({ hmac, former }) === hmac
          ? []
          : [{ from: former, to: hmac, sealed }],
      );
      if (renamings.length > 0) move(renamings);
      await decisions.send(batch);
    },
  };

  const send = async (): Promise<void> => await flush(outbox, queue, log);

  const project = async (): Promise<void> => {
    const changes = overlay.unprojected(PROJECT_LIMIT);
    for (let first = 0; first < changes.length; first += PROJECT_AT_ONCE) {
      // Different people: the order between them does not matter, and one person stands here once. All of them end
      // before this does, failures too: a write that is still under way could land after a newer one of its person.
      const results = await Promise.allSettled(
        changes.slice(first, first + PROJECT_AT_ONCE).map(async (change) => {
          await projection.write(change);
          overlay.projected(change, Date.now());
        }),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    }
  };

  /** Under every name somebody has while the pepper is being changed: a Worker of before knows the old one alone. */
  const namedDenies = (): DenyEntry[] =>
    denies.entries().flatMap((entry) =>
      entry.subject.kind === 'group'
        ? entry
        : names.all(entry.subject.merchantUserKey).map((merchantUserKey) => ({
            ...entry,
            subject: { kind: 'member' as const, merchantUserKey },
          })),
    );

  /** Tells doors that do not ask the guard what is in force. */
  const notify = async (): Promise<void> => {
    const change = progress.get('notice_wanted');
    const head = ledger.head();
    if (head === null || change === progress.get('notice_written')) return;
    const { hash, version } = head;
    const sites = modes.all().map(({ site_id }) => modes.of(site_id));
    const shut = sites.filter((mode) => mode !== null);
    await notices.write({ hash, version, modes: shut, denies: namedDenies() });
    progress.set('notice_written', change);
  };

  const next = (now: number): number | null => {
    if (failures > 0) return now + Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_MAX_MS);
    if (progress.get('notice_wanted') !== progress.get('notice_written') && ledger.head() !== null)
      return now;
    if (outbox.waiting() >= FLUSH_LIMIT || overlay.unprojected(1).length > 0) return now;
    const oldest = overlay.oldestProjection();
    const times = [
      // Made while the others were sent: they wait for company, too.
      ...(outbox.waiting() > 0 ? [now + FLUSH_AFTER_MS] : []),
      ...(oldest === null ? [] : [Math.max(oldest + PROJECTION_HORIZON_MS, now + FORGET_EVERY_MS)]),
    ];
    return times.length === 0 ? null : Math.min(...times);
  };

  return {
    async run() {
      // Each in its own right: a queue that is down must not keep a suspension from KV.
      const results = await Promise.allSettled([send, project, notify].map(within));
      const failed = results.filter((result) => result.status === 'rejected');
      failures = failed.length > 0 ? failures + 1 : 0;
      for (const { reason } of failed) {
        log('error', 'guard.errand_failed', { failures, ...describeError(reason) });
      }
      const now = Date.now();
      overlay.compact(now - PROJECTION_HORIZON_MS);
      memory.compact(now);
      return next(now);
    },
  };
}
