import { idSchema, memberKeySchema } from '@facepass-kit/access/schema';
import * as z from 'zod';
import { memberInput } from './admin-api.ts';

export const memberFeedPath = z.object({ feed: idSchema });

const sequence = z.number().int().min(1);

const about = { sequence, merchantUserKey: memberKeySchema };

/** One change in the partner's own system, under its own number. */
export const memberEvent = z.discriminatedUnion('kind', [
  z.strictObject({ sequence, kind: z.literal('upsert'), member: memberInput }),
  z.strictObject({ ...about, kind: z.literal('suspend') }),
  z.strictObject({ ...about, kind: z.literal('restore') }),
  z.strictObject({ ...about, kind: z.literal('erase') }),
]);
export type MemberEvent = z.input<typeof memberEvent>;

/** Most events in one push: erasing everybody in one is some six hundred statements, and D1 takes a thousand. */
const EVENTS_MAX = 100;

/** `POST /admin/v1/members/feeds/{feed}/events`: in the order of their numbers, without a gap. */
export const pushMemberEvents = z.strictObject({ events: z.array(memberEvent).min(1).max(EVENTS_MAX) });
export type PushMemberEvents = z.input<typeof pushMemberEvents>;

/** `PUT /admin/v1/members/feeds/{feed}`: begins a feed, or has it go on behind a gap. */
export const setMemberFeed = z.strictObject({
  /** The next event to come is the one after this. */
  lastSequence: z.number().int().min(0),
  reason: z.string().min(1).max(1_000),
});
export type SetMemberFeed = z.input<typeof setMemberFeed>;

/** `GET /admin/v1/members/erasures` */
export const erasuresQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
