import { DurableObject } from 'cloudflare:workers';
import { compile, lastResetMs, type Release } from '@facepass-kit/access';
import {
  createDataCipher,
  type DataCipher,
  type PersonReference,
  type ReleaseHead,
  type UnusedPermit,
} from '@facepass-kit/protocol';
import { type Bindings, readSettings, required } from '../../env.ts';
import { describeError } from '../../log.ts';
import { telemetryOf } from '../../telemetry/telemetry.ts';
import { createQueueDecisionLog } from '../decision-log.ts';
import type { AreaRecord, DenyRecord, PassRecord, SiteRecord } from '../guard-desk.ts';
import type {
  AdmitQuestion,
  Explained,
  GuardAdmission,
  GuardQuestion,
  LostDeny,
  MissingNumbers,
  NumberRange,
  PageOfPeople,
  PublishCommand,
  PublishOutcome,
  Resent,
} from '../guard-port.ts';
import type { MemberVersion, Person } from '../member-directory.ts';
import { createKvMemberProjection } from '../member-projection.ts';
import { createKvReleaseStore, releasePlace } from '../release-store.ts';
import { createDoor, type Door, type Rules } from './door.ts';
import { createErrands, type Errands } from './errands.ts';
import { FLUSH_AFTER_MS } from './flush.ts';
import { createGuardState, type GuardState } from './guard-state.ts';
import { createKnownMembers, type KnownMembers } from './known-members.ts';
import type { GuardRenaming } from './names.ts';
import type { SiteModeCommand } from './site-modes.ts';
import { sitesLosingDoors } from './sites-losing-doors.ts';

/**
 * The truth of this moment for one partner. Every method is one atomic step: what it reads and writes happens
 * without an await in between, and the platform holds its answer back until the writes are durable.
 */
export class Guard extends DurableObject<Bindings> {
  readonly #state: GuardState;
  readonly #door: Door;
  readonly #errands: Errands;
  readonly #members: KnownMembers;
  #rules: Rules | null = null;
  #wakesAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#state = createGuardState(ctx.storage.sql);
    this.#door = createDoor(this.#state, (work) => ctx.storage.transactionSync(work));
    this.#errands = createErrands(this.#state, env, (renamings) => this.#move(renamings));
    const projection = createKvMemberProjection(env.RULES);
    this.#members = createKnownMembers({ ...this.#state, projection });
    ctx.blockConcurrencyWhile(async () => {
      this.#wakesAt = await ctx.storage.getAlarm();
      if (this.#state.outbox.waiting() > 0) this.#wakeBy(Date.now() + FLUSH_AFTER_MS);
    });
  }

  async admit(question: AdmitQuestion, deadlineMs: number): Promise<GuardAdmission | null> {
    const askedAt = Date.now();
    const found = this.#memberOf(question);
    const member = found instanceof Promise ? await found : found;
    const memberMs = Date.now() - askedAt;
    const rules = this.#rules ?? (await this.#loadRules());
    const now = Date.now();
    if (now > deadlineMs) return null;
    const answer = this.#door.answer(rules, { ...question, member }, now);
    this.#wakeBy(now + FLUSH_AFTER_MS);
    return { ...answer, memberMs };
  }

  async explain(question: AdmitQuestion): Promise<Explained> {
    const member = await this.#memberOf(question);
    return this.#door.explain(this.#rules ?? (await this.#loadRules()), { ...question, member }, Date.now());
  }

  async publish(command: PublishCommand): Promise<PublishOutcome> {
    const { hash, publishedBy, reason, expectedHead } = command;
    const compiled = compile(JSON.parse(command.body));
    const body = await (await this.#cipher()).seal(command.body, releasePlace(hash));
    // Rules that cannot be read any more are no reason to keep others out.
    if (this.#rules === null) await this.#loadRules().catch(() => null);
    const head = this.#state.ledger.head();
    if (expectedHead !== undefined && expectedHead !== (head?.hash ?? null))
      return { published: false, head };
    const shutSites = sitesLosingDoors(this.#shutSites(), this.#rules?.compiled, compiled);
    if (shutSites.length > 0) return { published: false, head, shutSites };
    const lostDenies = this.#lostDenies(compiled.release);
    if (lostDenies.length > 0) return { published: false, head, lostDenies };
    const published = this.#state.ledger.append({ hash, body, publishedBy, reason, publishedAt: Date.now() });
    this.#rules = { hash, compiled };
    this.#notice();
    return { published: true, head: published };
  }

  async head(): Promise<ReleaseHead | null> {
    return this.#state.ledger.head();
  }

  async release(hash: string): Promise<{ body: string | null } | null> {
    const { ledger } = this.#state;
    if (!ledger.has(hash)) return null;
    const sealed = ledger.body(hash);
    return { body: sealed === null ? null : await (await this.#cipher()).open(sealed, releasePlace(hash)) };
  }

  async releases(limit: number): Promise<ReleaseHead[]> {
    return this.#state.ledger.list(limit);
  }

  async applyMembers(changes: readonly MemberVersion[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (const change of changes) {
        const { names, overlay } = this.#state;
        const person = names.of({ hmac: change.person });
        overlay.apply({ ...change, person });
        // Whom the guard moved by itself KV may have under a former name still, which is read where the present one is
        // not there: of somebody erased, nothing else would ever take it away.
        for (const former of names.all(person).slice(1)) {
          overlay.movedAway({ ...change, person: former });
        }
        this.#members.forget(person);
        if (change.facts?.status !== 'active') this.#state.presence.noCompanion(person);
      }
    });
    this.#wakeBy(Date.now());
  }

  async sites(): Promise<SiteRecord[]> {
    const rules = this.#rules ?? (await this.#loadRules());
    const now = Date.now();
    const set = new Map(this.#state.modes.all().map((row) => [row.site_id, row]));
    return (rules?.compiled.release.sites ?? []).map(({ id, name }) => {
      const row = set.get(id);
      const over = row === undefined || (row.until !== null && row.until <= now);
      return {
        siteId: id,
        name: name ?? null,
        mode: over ? 'normal' : row.mode,
        until: over ? null : row.until,
        reason: over ? null : row.reason,
        setAt: over ? null : row.set_at,
      };
    });
  }

  async setSiteMode(command: SiteModeCommand): Promise<boolean> {
    const rules = this.#rules ?? (await this.#loadRules());
    if (rules === null || !rules.compiled.sites.has(command.siteId)) return false;
    this.#state.modes.set(command, Date.now());
    this.#notice();
    return true;
  }

  async denies(): Promise<DenyRecord[]> {
    return this.#state.denies.all();
  }

  async deny(deny: DenyRecord): Promise<string[]> {
    const unknown = await this.#unknownIds(
      deny.zones ?? [],
      deny.subject.kind === 'group' ? deny.subject.group : null,
    );
    if (unknown.length === 0) {
      if (deny.subject.kind === 'member') this.#rename(deny.subject.person);
      this.#state.denies.add(deny);
      // Of a group's entry it is not known here whom it means: who waits for somebody asks again.
      this.#state.presence.noCompanion(
        deny.subject.kind === 'member' ? this.#state.names.of(deny.subject.person) : null,
      );
      this.#notice();
    }
    return unknown;
  }

  async withdrawDeny(id: string): Promise<boolean> {
    const removed = this.#state.denies.remove(id);
    if (removed) this.#notice();
    return removed;
  }

  async passes(): Promise<PassRecord[]> {
    return this.#state.passes.all();
  }

  async issuePass(pass: Omit<PassRecord, 'uses'>): Promise<string[]> {
    const unknown = await this.#unknownIds(pass.zones, null);
    if (unknown.length === 0) {
      this.#rename(pass.person);
      this.#state.passes.issue(pass);
    }
    return unknown;
  }

  async revokePass(id: string): Promise<boolean> {
    return this.#state.passes.revoke(id);
  }

  async area(areaId: string): Promise<AreaRecord | null> {
    const area = (this.#rules ?? (await this.#loadRules()))?.compiled.areas.get(areaId);
    if (area === undefined) return null;
    const inside = this.#state.presence.inside(areaId, lastResetMs(area, Date.now()));
    return { areaId, maxOccupancy: area.area.maxOccupancy ?? null, inside };
  }

  async resetArea(areaId: string, reference: PersonReference | null): Promise<number | null> {
    const record = await this.area(areaId);
    if (record === null) return null;
    const now = Date.now();
    const person = reference === null ? null : this.#state.names.of(reference);
    const leaving = record.inside.filter((entry) => person === null || entry.person === person);
    for (const entry of leaving) {
      const event = { areaId, person: entry.person, direction: 'out' as const, atMs: now };
      this.#state.presence.record({ ...event, decisionId: `reset:${crypto.randomUUID()}` });
    }
    return leaving.length;
  }

  /** As JSON: the types of an RPC do not follow free JSON to its end. */
  async lastDecisions(limit: number): Promise<string> {
    return JSON.stringify(this.#state.outbox.last(limit));
  }

  async forgetPerson(person: string): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      const present = this.#state.names.of({ hmac: person });
      for (const name of this.#state.names.all(present)) this.#state.outbox.forgetPerson(name);
      this.#noticeWhereDenied([present]);
      this.#state.memory.forgetPerson(present);
      this.#members.forget(present);
    });
  }

  /** Moves what is remembered of people to the names they have under another pepper. */
  async rename(renamings: readonly GuardRenaming[]): Promise<void> {
    this.#move(renamings);
    this.#wakeBy(Date.now());
  }

  async peopleDecidedAbout(place: number): Promise<PageOfPeople> {
    const { outbox, names } = this.#state;
    const { people, next } = outbox.people(place);
    return { people: people.filter(({ hmac }) => names.of({ hmac }) === hmac), next };
  }

  /** Seals the releases kept here anew where they are under an earlier data key; ends the time of former names. */
  async renew(forgetFormerNames: boolean): Promise<number> {
    const cipher = await this.#cipher();
    const stale = this.#state.ledger.bodies().filter(({ body }) => cipher.isStale(body));
    for (const { version, hash, body } of stale) {
      const place = releasePlace(hash);
      this.#state.ledger.reseal(version, await cipher.seal(await cipher.open(body, place), place));
    }
    if (forgetFormerNames) {
      this.#state.names.forgetFormer();
      this.#notice();
    }
    return stale.length;
  }

  async unusedPermitsCursor(): Promise<string | null> {
    return this.#state.cursors.get('unused_permits');
  }

  async takeBack(permits: readonly UnusedPermit[], cursor: string): Promise<number> {
    const { outbox, memory, names, cursors } = this.#state;
    return this.ctx.storage.transactionSync(() => {
      let takenBack = 0;
      for (const { decisionId, sequence } of permits) {
        const changes = outbox.takeChanges(sequence, decisionId);
        if (changes === null) continue;
        memory.takeBack(
          decisionId,
          changes.map((change) => names.translate(change)),
        );
        takenBack += 1;
      }
      cursors.set('unused_permits', cursor);
      return takenBack;
    });
  }

  async arrivalsDue(): Promise<NumberRange | null> {
    return this.#state.arrivals.due(Date.now());
  }

  async resend(range: NumberRange, missing: MissingNumbers): Promise<Resent> {
    const queue = createQueueDecisionLog(this.env.DECISIONS);
    return await this.#state.arrivals.resend(range, missing, queue, Date.now());
  }

  override async alarm(): Promise<void> {
    this.#wakesAt = null;
    const next = await this.#errands.run();
    telemetryOf(this.env).handOver((work) => this.ctx.waitUntil(work));
    if (next !== null) this.#wakeBy(next);
  }

  /** The member a question is about, at once where the caller or the guard knows them. */
  #memberOf(question: AdmitQuestion): GuardQuestion['member'] | Promise<GuardQuestion['member']> {
    const { person, requestId, member } = question;
    if (member !== undefined) return member;
    const found = this.#members.find(person);
    if (!(found instanceof Promise)) return found;
    return found.catch((error: unknown) => {
      telemetryOf(this.env).log('error', 'projection.unread', { requestId, ...describeError(error) });
      return 'unread' as const;
    });
  }

  /** Brings a person who is named by an operator under their present name, so that name and sealed key fit. */
  #rename(person: PersonReference): void {
    const { hmac, former, sealed } = person;
    if (former !== undefined) this.#move([{ from: former, to: hmac, sealed }]);
  }

  #move(renamings: readonly GuardRenaming[]): void {
    const { names, memory } = this.#state;
    this.ctx.storage.transactionSync(() => {
      names.rename(renamings);
      this.#noticeWhereDenied(renamings.flatMap(({ from, to }) => (from === to ? [] : [to])));
    });
    memory.rename(new Map(renamings.map(({ from, to }) => [from, to])));
    for (const { from, to } of renamings) {
      this.#members.forget(from);
      this.#members.forget(to);
    }
  }

  /** Doors without the guard know people of the deny list by name. */
  #noticeWhereDenied(people: readonly Person[]): void {
    if (people.some((person) => this.#state.denies.about(person, []).length > 0)) this.#notice();
  }

  /** Sites under another mode than normal. */
  #shutSites(): string[] {
    const now = Date.now();
    const rows = this.#state.modes.all();
    return rows.filter(({ until }) => until === null || until > now).map(({ site_id }) => site_id);
  }

  /** Zones and groups that the release in force does not know: most likely misspelt, and then without effect. */
  async #unknownIds(zones: readonly string[], group: string | null): Promise<string[]> {
    return idsMissing((this.#rules ?? (await this.#loadRules()))?.compiled.release, zones, group);
  }

  /** Deny entries in force that rules would end by naming a zone or a group otherwise. */
  #lostDenies(release: Release): LostDeny[] {
    const now = Date.now();
    return this.#state.denies.all().flatMap(({ id, subject, zones, until }) => {
      if (until !== null && until <= now) return [];
      const names = idsMissing(release, zones ?? [], subject.kind === 'group' ? subject.group : null);
      return names.length === 0 ? [] : [{ id, names }];
    });
  }

  /** Compiles the release in force after a restart. */
  async #loadRules(): Promise<Rules | null> {
    const head = this.#state.ledger.head();
    if (head === null) return null;
    const { hash } = head;
    const cipher = await this.#cipher();
    const sealed = this.#state.ledger.body(hash);
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

  /** Something changed that doors without the guard are told through KV. */
  #notice(): void {
    const { progress } = this.#state;
    progress.set('notice_wanted', progress.get('notice_wanted') + 1);
    this.#wakeBy(Date.now());
  }

  #wakeBy(atMs: number): void {
    if (this.#wakesAt !== null && this.#wakesAt <= atMs) return;
    this.#wakesAt = atMs;
    this.ctx.waitUntil(
      this.ctx.storage.setAlarm(atMs).catch((error: unknown) => {
        // Whoever comes next tries again, as far as nobody has meanwhile.
        if (this.#wakesAt === atMs) this.#wakesAt = null;
        telemetryOf(this.env).log('error', 'guard.alarm_not_set', describeError(error));
      }),
    );
  }
}

function idsMissing(release: Release | undefined, zones: readonly string[], group: string | null): string[] {
  const known = new Set(release?.zones.map(({ id }) => id));
  const groups = new Set(release?.groups.map(({ id }) => id));
  return [
    ...zones.filter((zone) => !known.has(zone)),
    ...(group === null || groups.has(group) ? [] : [group]),
  ];
}
