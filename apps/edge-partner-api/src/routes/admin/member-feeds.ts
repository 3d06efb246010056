import {
  erasures,
  erasuresQuery,
  memberEventsAnswer,
  memberFeed,
  memberFeedPath,
  pushMemberEvents,
  setMemberFeed,
} from '@facepass-kit/protocol';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

const push = route({
  method: 'post',
  path: '/admin/v1/members/feeds/:feed/events',
  access: { admin: 'admin' },
  params: memberFeedPath,
  body: pushMemberEvents,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Push changes of another system, in its order',
        description:
          'Numbered one after the other by that system. What was taken before is passed over, a gap is refused. In force when this answers.',
        answers: {
          200: {
            description: 'How far the feed is, and what could not be applied.',
            schema: memberEventsAnswer,
          },
          400: REFUSALS.invalid,
          409: REFUSALS.conflict,
          503: REFUSALS.notInForce,
        },
      },
  async handle(c, { params: { feed }, body: { events } }) {
    c.set('action', 'members.feed.push');
    c.set('subject', `${feed}: ${events.length} events`);
    return c.json(await (await c.get('services').memberFeeds()).push(feed, events, Date.now()));
  },
});

const get = route({
  method: 'get',
  path: '/admin/v1/members/feeds/:feed',
  access: { admin: 'viewer' },
  params: memberFeedPath,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'See how far a feed is',
        answers: { 200: { description: 'The number of the last event taken.', schema: memberFeed } },
      },
  handle: async (c, { params: { feed } }) => c.json(await (await c.get('services').memberFeeds()).get(feed)),
});

const set = route({
  method: 'put',
  path: '/admin/v1/members/feeds/:feed',
  access: { admin: 'admin' },
  params: memberFeedPath,
  body: setMemberFeed,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Begin a feed, or have it go on behind a gap',
        answers: { 200: { description: 'Where it stands now.', schema: memberFeed } },
      },
  async handle(c, { params: { feed }, body: { lastSequence, reason } }) {
    c.set('action', 'members.feed.set');
    c.set('subject', `${feed}: ${lastSequence}`);
    c.set('reason', reason);
    const feeds = await c.get('services').memberFeeds();
    await feeds.set(feed, lastSequence, Date.now());
    return c.json(await feeds.get(feed));
  },
});

const proofs = route({
  method: 'get',
  path: '/admin/v1/members/erasures',
  access: { admin: 'viewer' },
  query: erasuresQuery,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Read the proofs that people were erased',
        answers: { 200: { description: 'Oldest first, after the given change.', schema: erasures } },
      },
  async handle(c, { query: { after, limit } }) {
    const { erasures: log, mirror } = c.get('services');
    const [records, through] = await Promise.all([
      log.list(after, limit),
      mirror?.memberCursor().catch(() => null) ?? null,
    ]);
    return c.json({
      erasures: records.map((record) => ({
        ...record,
        mirrored: through === null ? null : through >= record.sequence,
      })),
      lastSequence: records.at(-1)?.sequence ?? after,
    });
  },
});

export const memberFeedRoutes: readonly Route[] = [push, get, set, proofs];
