import type { MemberEventsAnswer, MemberFeed, memberEvent, PersonReferences } from '@facepass-kit/protocol';
import type { z } from 'zod';
import { Refusal } from '../http/refusal.ts';
import {
  FeedMovedError,
  type FeedStep,
  MemberConflictError,
  type MemberDirectory,
  type WriteOutcome,
} from '../store/member-directory.ts';
import { type MemberService, toWrite } from './member-service.ts';

type Event = z.output<typeof memberEvent>;
type Upsert = Extract<Event, { kind: 'upsert' }>;
type Verb = Exclude<Event, Upsert>;

/** Changes that another system pushes under its own numbers: each counts once, in order, and a gap is noticed. */
export interface MemberFeedService {
  /** @throws Refusal 400 `INVALID_REQUEST` for numbers that do not follow each other; 409 `SEQUENCE_GAP`, `FEED_MOVED` */
  push(feed: string, events: readonly Event[], atMs: number): Promise<MemberEventsAnswer>;
  get(feed: string): Promise<MemberFeed>;
  set(feed: string, lastSequence: number, atMs: number): Promise<void>;
}

export function createMemberFeedService(
  directory: MemberDirectory,
  members: MemberService,
  people: PersonReferences,
): MemberFeedService {
  /** Writes members; whoever cannot be written is left out and named. */
  const upsert = async (
    events: readonly Upsert[],
    step: FeedStep,
  ): Promise<MemberEventsAnswer['rejected']> => {
    const rejected: MemberEventsAnswer['rejected'] = [];
    for (let rest = events; ; ) {
      if (rest.length === 0) {
        await directory.stepFeed(step);
        return rejected;
      }
      try {
        await members.adopt(rest.map(({ member }) => member));
        await directory.upsert(
          rest.map(({ member }) => toWrite(member)),
          step.atMs,
          step,
        );
        return rejected;
      } catch (error) {
        if (!(error instanceof MemberConflictError) || error.positions.length === 0) throw error;
        const { kind, positions } = error;
        const code = kind === 'erased' ? 'ERASED' : 'CI_TAKEN';
        rejected.push(...positions.flatMap((at) => ({ sequence: rest[at]?.sequence ?? 0, code })));
        rest = rest.filter((_, at) => !positions.includes(at));
      }
    }
  };

  const verb = async (event: Verb, step: FeedStep): Promise<MemberEventsAnswer['rejected']> => {
    await members.adopt([event]);
    const person = await people.hmac(event.merchantUserKey);
    const outcome: WriteOutcome =
      event.kind === 'erase'
        ? await directory.erase(person, null, step.atMs, step)
        : await directory.setStatus(
            person,
            event.kind === 'suspend' ? 'suspended' : 'active',
            null,
            step.atMs,
            step,
          );
    return typeof outcome === 'string' ? [{ sequence: event.sequence, code: 'UNKNOWN_MEMBER' }] : [];
  };

  return {
    async get(feed) {
      return (await directory.feed(feed)) ?? { lastSequence: 0, updatedAt: null };
    },
    async set(feed, lastSequence, atMs) {
      await directory.stepFeed({ feed, from: null, to: lastSequence, atMs });
    },
    async push(feed, events, atMs) {
      const first = events[0]?.sequence ?? 0;
      refuseUnordered(events, first);
      let { lastSequence: last } = (await directory.feed(feed)) ?? { lastSequence: 0 };
      if (first > last + 1) throw gap(last + 1);
      const fresh = events.filter(({ sequence }) => sequence > last);
      const rejected: MemberEventsAnswer['rejected'] = [];
      for (const group of groupsOf(fresh)) {
        const to = group.at(-1)?.sequence ?? last;
        const step = { feed, from: last, to, atMs };
        const upserts = group.filter((event) => event.kind === 'upsert');
        const [alone] = group;
        try {
          rejected.push(
            ...(alone !== undefined && alone.kind !== 'upsert'
              ? await verb(alone, step)
              : await upsert(upserts, step)),
          );
        } catch (error) {
          throw error instanceof FeedMovedError ? moved() : error;
        }
        last = to;
      }
      await members.bringIntoForce(atMs);
      return {
        lastSequence: last,
        applied: fresh.length - rejected.length,
        repeated: events.length - fresh.length,
        rejected,
      };
    },
  };
}

/** Events that can be written at once, in order: members that differ, or one verb alone. */
function groupsOf(events: readonly Event[]): Event[][] {
  const groups: Event[][] = [];
  let keys = new Set<string>();
  for (const event of events) {
    const key = event.kind === 'upsert' ? event.member.merchantUserKey : null;
    const group = groups.at(-1);
    if (key === null || group === undefined || group[0]?.kind !== 'upsert' || keys.has(key)) {
      groups.push([event]);
      keys = new Set();
    } else group.push(event);
    if (key !== null) keys.add(key);
  }
  return groups;
}

function refuseUnordered(events: readonly Event[], first: number): void {
  const errors = events.flatMap(({ sequence }, position) =>
    sequence === first + position
      ? []
      : [{ path: `events.${position}.sequence`, message: `expected ${first + position}` }],
  );
  if (errors.length === 0) return;
  throw new Refusal(400, 'INVALID_REQUEST', 'Events are numbered one after the other.', errors);
}

function gap(expected: number): Refusal {
  return new Refusal(
    409,
    'SEQUENCE_GAP',
    `Events are missing: the next one is ${expected}. Push it, or PUT the feed behind the gap.`,
    [{ path: 'events.0.sequence', message: `expected ${expected}` }],
  );
}

function moved(): Refusal {
  return new Refusal(409, 'FEED_MOVED', 'Another push was first: read where the feed stands.');
}
