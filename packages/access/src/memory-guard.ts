import { type AdmissionKeys, admissionKeys } from './admission-keys.ts';
import { admit, type Decision } from './admit.ts';
import { toNfc } from './comparable.ts';
import type { CompiledRelease } from './compile/compiled.ts';
import { decide } from './decide.ts';
import type {
  AreaView,
  Change,
  DenyEntry,
  GuardView,
  LastPermit,
  Pass,
  PresenceEvent,
  SiteMode,
} from './guard-view.ts';
import type { Direction, Member, Question } from './model.ts';
import { revoke } from './revoke.ts';

interface Presence extends PresenceEvent {
  readonly merchantUserKey: string;
}

/**
 * A guard in memory: what a guard has to keep and how it answers `admissionKeys` and applies changes, in the
 * plainest form. For trying rules out, for tests of rules, and as the measure for guards that persist.
 */
export class MemoryGuard {
  readonly #modes = new Map<string, SiteMode>();
  readonly #denies = new Map<string, DenyEntry>();
  readonly #passes = new Map<string, Pass>();
  readonly #counters = new Map<string, number>();
  readonly #permits = new Map<string, LastPermit>();
  /** Events of an area in the order of their own time; of two at one time the later known is later. */
  readonly #presence = new Map<string, Presence[]>();
  readonly #firstPersons = new Map<string, { readonly decisionId: string; readonly atMs: number }[]>();
  readonly #companions = new Map<
    string,
    Map<string, { readonly decisionId: string; readonly atMs: number }>
  >();
  readonly #reserved = new Map<string, readonly Change[]>();
  #decisions = 0;

  setMode(mode: SiteMode): void {
    this.#modes.set(mode.siteId, mode);
  }

  addDeny(entry: DenyEntry): void {
    this.#denies.set(entry.id, entry);
    const { subject } = entry;
    // Whoever is kept out from now on lets nobody in by having asked. Of a group's entry it is not known here whom it means.
    for (const asked of this.#companions.values()) {
      if (subject.kind === 'group') asked.clear();
      else asked.delete(toNfc(subject.merchantUserKey));
    }
  }

  removeDeny(id: string): void {
    this.#denies.delete(id);
  }

  addPass(pass: Pass): void {
    this.#passes.set(pass.id, pass);
  }

  withdrawPass(id: string): void {
    this.#passes.delete(id);
  }

  /** One whole step: decides, admits, and keeps what the decision changed. */
  ask(compiled: CompiledRelease, member: Member | null, question: Question, instantMs: number): Decision {
    const verdict = decide(compiled, member, question, instantMs);
    const keys = admissionKeys(compiled, verdict, question, member, instantMs);
    this.#decisions += 1;
    const view = this.view(keys, `decision-${this.#decisions}`);
    const { decision, changes } = admit(compiled, verdict, question, member, view, instantMs);
    this.apply(changes);
    // A permit asked again reserves nothing of its own: what it changes stands under the first one's id.
    if (decision.effect === 'permit' && decision.repeatOf === null) {
      this.#reserved.set(decision.decisionId, changes);
    }
    return decision;
  }

  /** Takes back what a permit reserved. @returns false where there is nothing (any more) to take back */
  revoke(decisionId: string): boolean {
    const changes = this.#reserved.get(decisionId);
    if (changes === undefined) return false;
    this.#reserved.delete(decisionId);
    this.apply(revoke(decisionId, changes));
    return true;
  }

  /** Adds an entry or exit that was learnt of later, under an id of its own. */
  learn(areaId: string, merchantUserKey: string, direction: Direction, atMs: number, eventId: string): void {
    this.apply([{ kind: 'presence', decisionId: eventId, areaId, merchantUserKey, direction, atMs }]);
  }

  /** The slice of the state that a question depends on. */
  view(keys: AdmissionKeys, decisionId: string): GuardView {
    const { merchantUserKey, groups, repeat } = keys;
    const permit = repeat === null ? undefined : this.#permits.get(permitKey(merchantUserKey, repeat.zoneId));
    return {
      decisionId,
      mode: keys.siteId === null ? null : (this.#modes.get(keys.siteId) ?? null),
      denies: [...this.#denies.values()].filter(({ subject }) =>
        subject.kind === 'member'
          ? toNfc(subject.merchantUserKey) === merchantUserKey
          : groups.includes(toNfc(subject.group)),
      ),
      lastPermit: permit === undefined || repeat === null || permit.atMs < repeat.sinceMs ? null : permit,
      counters: Object.fromEntries(keys.counters.map((key) => [key, this.#counters.get(key) ?? 0])),
      passes: keys.passes
        ? [...this.#passes.values()].filter((pass) => toNfc(pass.merchantUserKey) === merchantUserKey)
        : [],
      area: keys.area === null ? null : this.#areaView(keys.area, merchantUserKey, repeat?.sinceMs ?? null),
    };
  }

  #areaView(
    { areaId, sinceMs, companionsSinceMs }: NonNullable<AdmissionKeys['area']>,
    merchantUserKey: string,
    recentSinceMs: number | null,
  ): AreaView {
    const events = this.#presence.get(areaId) ?? [];
    const latest = new Map(events.map((event) => [event.merchantUserKey, event]));
    const today = [...latest.values()].filter(({ atMs }) => atMs >= sinceMs);
    const own = latest.get(merchantUserKey);
    const first = (this.#firstPersons.get(areaId) ?? []).filter(({ atMs }) => atMs >= sinceMs);
    const asked = companionsSinceMs === null ? [] : [...(this.#companions.get(areaId) ?? [])];
    const hasLeft = (key: string, askedMs: number): boolean => {
      const event = latest.get(key);
      return event !== undefined && event.direction === 'out' && event.atMs >= askedMs;
    };
    return {
      presence: own === undefined ? null : eventOf(own),
      recent:
        recentSinceMs === null
          ? []
          : events
              .filter((event) => event.merchantUserKey === merchantUserKey && event.atMs >= recentSinceMs)
              .map(eventOf),
      occupancy: today.filter(({ direction }) => direction === 'in').length,
      firstPersonAtMs: first.length === 0 ? null : Math.min(...first.map(({ atMs }) => atMs)),
      companions: asked
        .filter(
          ([key, { atMs }]) =>
            key !== merchantUserKey && atMs >= (companionsSinceMs ?? 0) && !hasLeft(key, atMs),
        )
        .map(([key, { atMs }]) => ({ merchantUserKey: key, atMs })),
    };
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  #applyOne(change: Change): void {
    switch (change.kind) {
      case 'permit': {
        const { decisionId, atMs, grant } = change;
        this.#permits.set(permitKey(change.merchantUserKey, change.zoneId), { decisionId, atMs, grant });
        return;
      }
      case 'count':
        this.#counters.set(change.key, (this.#counters.get(change.key) ?? 0) + change.by);
        return;
      case 'pass': {
        const pass = this.#passes.get(change.passId);
        if (pass !== undefined) this.#passes.set(pass.id, { ...pass, uses: pass.uses + change.by });
        return;
      }
      case 'presence': {
        const { decisionId, merchantUserKey, direction, atMs } = change;
        const events = this.#presence.get(change.areaId) ?? [];
        const position = events.findLastIndex((event) => event.atMs <= atMs) + 1;
        events.splice(position, 0, { decisionId, merchantUserKey, direction, atMs });
        this.#presence.set(change.areaId, events);
        return;
      }
      case 'firstPerson': {
        const { decisionId, atMs } = change;
        this.#firstPersons.set(change.areaId, [
          ...(this.#firstPersons.get(change.areaId) ?? []),
          { decisionId, atMs },
        ]);
        return;
      }
      case 'companion': {
        const { decisionId, atMs } = change;
        const asked = this.#companions.get(change.areaId) ?? new Map();
        this.#companions.set(change.areaId, asked.set(change.merchantUserKey, { decisionId, atMs }));
        return;
      }
      case 'forget':
        this.#forget(change.decisionId);
        return;
    }
  }

  #forget(decisionId: string): void {
    const isOther = (kept: { readonly decisionId: string }): boolean => kept.decisionId !== decisionId;
    for (const [key, permit] of this.#permits) if (!isOther(permit)) this.#permits.delete(key);
    for (const [areaId, events] of this.#presence) this.#presence.set(areaId, events.filter(isOther));
    for (const [areaId, marks] of this.#firstPersons) this.#firstPersons.set(areaId, marks.filter(isOther));
    for (const asked of this.#companions.values()) {
      for (const [key, mark] of asked) if (!isOther(mark)) asked.delete(key);
    }
  }
}

function eventOf({ decisionId, direction, atMs }: Presence): PresenceEvent {
  return { decisionId, direction, atMs };
}

function permitKey(merchantUserKey: string, zoneId: string): string {
  return JSON.stringify([merchantUserKey, zoneId]);
}
