import { DurableObject } from 'cloudflare:workers';
import {
  admissionKeys,
  admit,
  type CompiledRelease,
  compile,
  type Decision,
  decide,
  type GuardView,
  type Member,
  renderMessage,
} from '@facepass-kit/access';
import { createDataCipher, type DataCipher, type ReleaseHead } from '@facepass-kit/protocol';
import { type Bindings, readSettings, required } from '../../env.ts';
import { consoleLog, describeError } from '../../log.ts';
import { withoutRelease } from '../../services/without-release.ts';
import { createQueueDecisionLog } from '../decision-log.ts';
import type { GuardAnswer, GuardPort, GuardQuestion, PublishCommand, PublishOutcome } from '../guard-port.ts';
import type { MemberVersion } from '../member-directory.ts';
import { createKvMemberProjection, PROJECTION_HORIZON_MS } from '../member-projection.ts';
import { createKvReleaseStore, releasePlace } from '../release-store.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createOverlay, type Overlay } from './overlay.ts';
import { createReleaseLedger, type ReleaseLedger } from './release-ledger.ts';
import { createRuleMemory, type RuleMemory } from './rule-memory.ts';
import { createSiteModes, type SiteModeCommand, type SiteModes } from './site-modes.ts';
import { createTables } from './tables.ts';

/** Decisions wait this long for company on their way to the queue. */
const FLUSH_AFTER_MS = 1_000;
/** Decisions taken to the queue in one alarm; the rest follows in the next. */
const FLUSH_LIMIT = 1_000;
/** Member changes written to KV in one alarm, well below the subrequests an invocation may make. */
const PROJECT_LIMIT = 200;
/** After a failed alarm the next one waits, twice as long each time, up to a minute. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;

interface Rules {
  readonly hash: string;
  readonly compiled: CompiledRelease;
}

/**
 * The truth of this moment for one partner. Every method is one atomic step: what it reads and writes happens
 * without an await in between, and the platform holds its answer back until the writes are durable.
 */
export class Guard extends DurableObject<Bindings> implements GuardPort {
  readonly #overlay: Overlay;
  readonly #outbox: Outbox;
  readonly #ledger: ReleaseLedger;
  readonly #modes: SiteModes;
  readonly #memory: RuleMemory;
  #rules: Rules | null = null;
  #wakesAt: number | null = null;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const { sql } = ctx.storage;
    createTables(sql);
    this.#overlay = createOverlay(sql);
    this.#outbox = createOutbox(sql);
    this.#ledger = createReleaseLedger(sql);
    this.#modes = createSiteModes(sql);
    this.#memory = createRuleMemory(sql, this.#modes);
    ctx.blockConcurrencyWhile(async () => {
      this.#wakesAt = await ctx.storage.getAlarm();
    });
  }

  async admit(question: GuardQuestion): Promise<GuardAnswer> {
    const rules = this.#rules ?? (await this.#loadRules());
    return this.ctx.storage.transactionSync(() => this.#answer(rules, question, Date.now()));
  }

  async publish(command: PublishCommand): Promise<PublishOutcome> {
    const { hash, publishedBy, reason, expectedHead } = command;
    const compiled = compile(JSON.parse(command.body));
    const body = await (await this.#cipher()).seal(command.body, releasePlace(hash));
    const head = this.#ledger.head();
    if (expectedHead !== undefined && expectedHead !== (head?.hash ?? null))
      return { published: false, head };
    const published = this.#ledger.append({ hash, body, publishedBy, reason, publishedAt: Date.now() });
    this.#rules = { hash, compiled };
    return { published: true, head: published };
  }

  async head(): Promise<ReleaseHead | null> {
    return this.#ledger.head();
  }

  async setSiteMode(command: SiteModeCommand): Promise<boolean> {
    const rules = this.#rules ?? (await this.#loadRules());
    if (rules === null || !rules.compiled.sites.has(command.siteId)) return false;
    this.#modes.set(command, Date.now());
    return true;
  }

  async applyMembers(changes: readonly MemberVersion[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (const change of changes) this.#overlay.apply(change);
    });
    this.#wakeBy(Date.now());
  }

  override async alarm(): Promise<void> {
    this.#wakesAt = null;
    try {
      await this.#flushDecisions();
      await this.#projectMembers();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      consoleLog('error', 'guard.alarm_failed', { failures: this.#failures, ...describeError(error) });
    }
    const now = Date.now();
    this.#overlay.compact(now - PROJECTION_HORIZON_MS);
    this.#memory.compact(now);
    this.#wakeForWhatIsLeft(now);
  }

  #answer(rules: Rules | null, question: GuardQuestion, now: number): GuardAnswer {
    const member = this.#freshest(question);
    const decisionId = crypto.randomUUID();
    const { decision, view } =
      rules === null
        ? { decision: withoutRelease.decision(decisionId, now), view: null }
        : this.#decide(rules.compiled, question, member, decisionId, now);
    const texts =
      rules === null ? withoutRelease.texts(decision.reason) : renderMessage(rules.compiled, decision);
    this.#record(question, decision, member, view, rules?.hash ?? null, texts.code);
    return { answer: { verified: decision.effect === 'permit', ...texts }, reason: decision.reason };
  }

  #decide(
    compiled: CompiledRelease,
    question: GuardQuestion,
    known: MemberVersion | null | 'unread',
    decisionId: string,
    now: number,
  ): { decision: Decision; view: GuardView } {
    const { merchantUserKey, params, person } = question;
    const asked = { merchantUserKey, params, siteId: question.siteId ?? undefined };
    const member = memberOf(known, merchantUserKey);
    const byRules = decide(compiled, member, asked, now);
    const verdict =
      known === 'unread' && byRules.reason === 'unknown_member'
        ? { ...byRules, reason: 'unavailable' as const }
        : byRules;
    // The rules compare keys; what is remembered names people by HMAC.
    const pseudonymous = { ...asked, merchantUserKey: person.hmac };
    const subject = member === null ? null : { ...member, merchantUserKey: person.hmac };
    const keys = admissionKeys(compiled, verdict, pseudonymous, subject, now);
    const view = this.#memory.view(keys, decisionId);
    const { decision, changes } = admit(compiled, verdict, pseudonymous, subject, view, now);
    this.#memory.apply(changes);
    return { decision, view };
  }

  /** The newer of what the caller read and what the guard knows of young changes. */
  #freshest({ person, member }: GuardQuestion): MemberVersion | null | 'unread' {
    const young = this.#overlay.get(person.hmac);
    if (young === null) return member;
    return member === null || member === 'unread' || member.version <= young.version ? young : member;
  }

  #record(
    question: GuardQuestion,
    decision: Decision,
    member: MemberVersion | null | 'unread',
    view: GuardView | null,
    releaseHash: string | null,
    code: string | null,
  ): void {
    const known = member === 'unread' ? null : member;
    this.#outbox.append({
      v: 1,
      id: decision.decisionId,
      source: 'guard',
      at: decision.atMs,
      requestId: question.requestId,
      siteId: decision.siteId,
      zoneId: decision.zoneId,
      person: question.person,
      params: question.params,
      effect: decision.effect,
      reason: decision.reason,
      determining: decision.determining,
      code,
      releaseHash,
      memberVersion: known?.version ?? null,
      repeatOf: decision.repeatOf,
      inputs: { facts: known?.facts ?? null, flags: decision.flags, siteId: question.siteId, view },
    });
    this.#wakeBy(decision.atMs + FLUSH_AFTER_MS);
  }

  /** Compiles the release in force after a restart. */
  async #loadRules(): Promise<Rules | null> {
    const head = this.#ledger.head();
    if (head === null) return null;
    const { hash } = head;
    const cipher = await this.#cipher();
    const sealed = this.#ledger.body(hash);
    const body =
      sealed === null
        ? await createKvReleaseStore(this.env.RULES, cipher).get(hash)
        : await cipher.open(sealed, releasePlace(hash));
    if (body === null) throw new Error('the release in force is neither here nor in KV');
    // A release published meanwhile is already loaded, and newer.
    this.#rules ??= { hash, compiled: compile(JSON.parse(body)) };
    return this.#rules;
  }

  async #cipher(): Promise<DataCipher> {
    return await createDataCipher(required(readSettings(this.env), 'DATA_KEYS'));
  }

  async #flushDecisions(): Promise<void> {
    const decisions = this.#outbox.oldest(FLUSH_LIMIT);
    const last = decisions.at(-1);
    if (last?.sequence == null) return;
    await createQueueDecisionLog(this.env.DECISIONS).append(decisions);
    this.#outbox.sentThrough(last.sequence);
  }

  async #projectMembers(): Promise<void> {
    const projection = createKvMemberProjection(this.env.RULES);
    for (const change of this.#overlay.unprojected(PROJECT_LIMIT)) {
      await projection.write(change);
      this.#overlay.projected(change, Date.now());
    }
  }

  #wakeForWhatIsLeft(now: number): void {
    if (this.#failures > 0) {
      this.#wakeBy(now + Math.min(RETRY_FIRST_MS * 2 ** (this.#failures - 1), RETRY_MAX_MS));
    } else if (this.#outbox.size() > 0 || this.#overlay.unprojected(1).length > 0) {
      this.#wakeBy(now);
    } else {
      const oldest = this.#overlay.oldestProjection();
      if (oldest !== null) this.#wakeBy(oldest + PROJECTION_HORIZON_MS);
    }
  }

  #wakeBy(atMs: number): void {
    if (this.#wakesAt !== null && this.#wakesAt <= atMs) return;
    this.#wakesAt = atMs;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(atMs));
  }
}

function memberOf(known: MemberVersion | null | 'unread', merchantUserKey: string): Member | null {
  if (known === null || known === 'unread' || known.facts === null) return null;
  return { ...known.facts, merchantUserKey, version: known.version };
}
