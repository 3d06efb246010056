import {
  listMembersQuery,
  lookupMemberAnswer,
  lookupMemberRequest,
  memberChanges,
  memberChangesQuery,
  memberPage,
  memberPath,
  memberVerbRequest,
  memberVersionAnswer,
  memberView,
  replaceMemberRequest,
  type UpsertMembersAnswer,
  upsertMembersAnswer,
  upsertMembersRequest,
} from '@facepass-kit/protocol';
import { etagOf, expectedVersion } from '../../http/if-match.ts';
import { Refusal } from '../../http/refusal.ts';
import { type Route, type RouteDocs, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

const upsert = route({
  method: 'put',
  path: '/admin/v1/members',
  access: { admin: 'admin' },
  body: upsertMembersRequest,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Write up to 500 members',
        description:
          'They count at the doors when this answers. What is left out of a member stays as it is, and null takes it away.',
        answers: {
          200: { description: 'The version each member has now.', schema: upsertMembersAnswer },
          400: REFUSALS.invalid,
          409: REFUSALS.conflict,
          503: REFUSALS.notInForce,
        },
      },
  async handle(c, { body: { members } }) {
    refuseTwice(members.map(({ merchantUserKey }) => merchantUserKey));
    c.set('action', 'members.upsert');
    c.set('subject', `${members.length} members`);
    const versions = await (await c.get('services').members()).upsert(members, Date.now());
    const answer: UpsertMembersAnswer = {
      members: members.map(({ merchantUserKey }, position) => ({
        merchantUserKey,
        version: versions[position]?.version ?? 0,
      })),
    };
    return c.json(answer);
  },
});

const list = route({
  method: 'get',
  path: '/admin/v1/members',
  access: { admin: 'viewer' },
  query: listMembersQuery,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'List members by group, status or tag',
        answers: { 200: { description: 'A page of members.', schema: memberPage }, 400: REFUSALS.invalid },
      },
  async handle(c, { query: { group, status, tag, cursor, limit } }) {
    const colon = tag?.indexOf(':') ?? -1;
    const filter = {
      group,
      status,
      tag: tag === undefined ? undefined : { key: tag.slice(0, colon), value: tag.slice(colon + 1) },
      after: cursor,
      limit,
    };
    return c.json(await (await c.get('services').members()).list(filter));
  },
});

const lookup = route({
  method: 'post',
  path: '/admin/v1/members/lookup',
  access: { admin: 'viewer' },
  body: lookupMemberRequest,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Find members by key, CI or phone number',
        description: 'Exact matches only: the directory keeps no searchable form of personal data.',
        answers: { 200: { description: 'Whoever fits.', schema: lookupMemberAnswer }, 400: REFUSALS.invalid },
      },
  async handle(c, { body }) {
    c.set('action', 'members.lookup');
    return c.json({ members: await (await c.get('services').members()).lookUp(body) });
  },
});

const changes = route({
  method: 'get',
  path: '/admin/v1/members/changes',
  access: { admin: 'viewer' },
  query: memberChangesQuery,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Follow the changes of members in the order in which they were made',
        answers: {
          200: { description: 'Changes after the given one.', schema: memberChanges },
          400: REFUSALS.invalid,
          410: REFUSALS.expired,
        },
      },
  handle: async (c, { query: { after, limit } }) =>
    c.json(await (await c.get('services').members()).changes(after, limit)),
});

const get = route({
  method: 'get',
  path: '/admin/v1/members/:person',
  access: { admin: 'viewer' },
  params: memberPath,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Read a member',
        answers: {
          200: { description: 'The member; `ETag` is its version.', schema: memberView },
          404: REFUSALS.unknown,
        },
      },
  async handle(c, { params: { person } }) {
    const member = await (await c.get('services').members()).get(person);
    c.header('etag', etagOf(member.version));
    return c.json(member);
  },
});

const replace = route({
  method: 'put',
  path: '/admin/v1/members/:person',
  access: { admin: 'admin' },
  params: memberPath,
  body: replaceMemberRequest,
  docs: globalThis.WITHOUT_DOCS
    ? undefined
    : {
        summary: 'Write what a member is like',
        ifMatch: 'the version',
        description:
          'All the facts; an identity that is left out stays as it is. With `If-Match` only over the version that was read. In force at the next question.',
        answers: {
          200: { description: 'The version the member has now.', schema: memberVersionAnswer },
          404: REFUSALS.unknown,
          409: REFUSALS.conflict,
          412: REFUSALS.moved,
          503: REFUSALS.notInForce,
        },
      },
  async handle(c, { params: { person }, body }) {
    c.set('action', 'members.replace');
    c.set('subject', person);
    const members = await c.get('services').members();
    const version = await members.replace(
      person,
      body,
      expectedVersion(c.req.header('if-match')),
      Date.now(),
    );
    c.header('etag', etagOf(version));
    return c.json({ version });
  },
});

/** Suspend, restore and erase: one person, one reason, an optional `If-Match`. */
function verb(
  name: 'suspend' | 'restore' | 'erase',
  at: { readonly method: 'post' | 'delete'; readonly path: string },
  words: Pick<RouteDocs, 'summary' | 'description'> | undefined,
): Route {
  return route({
    ...at,
    access: { admin: name === 'erase' ? 'admin' : 'operator' },
    params: memberPath,
    body: memberVerbRequest,
    docs:
      globalThis.WITHOUT_DOCS || words === undefined
        ? undefined
        : {
            ...words,
            ifMatch: 'the version',
            answers: {
              200: { description: 'The version the member has now.', schema: memberVersionAnswer },
              404: REFUSALS.unknown,
              412: REFUSALS.moved,
              503: REFUSALS.notInForce,
            },
          },
    async handle(c, { params: { person }, body: { reason } }) {
      c.set('action', `members.${name}`);
      c.set('subject', person);
      c.set('reason', reason);
      const members = await c.get('services').members();
      const version = await members[name](person, expectedVersion(c.req.header('if-match')), Date.now());
      c.header('etag', etagOf(version));
      return c.json({ version });
    },
  });
}

export const memberRoutes: readonly Route[] = [
  upsert,
  list,
  lookup,
  changes,
  get,
  replace,
  verb(
    'suspend',
    { method: 'post', path: '/admin/v1/members/:person/suspend' },
    globalThis.WITHOUT_DOCS
      ? undefined
      : { summary: 'Suspend a member', description: 'In force at the next question.' },
  ),
  verb(
    'restore',
    { method: 'post', path: '/admin/v1/members/:person/restore' },
    globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Restore a suspended member',
          description: 'In force at the next question.',
        },
  ),
  verb(
    'erase',
    { method: 'delete', path: '/admin/v1/members/:person' },
    globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Erase a member',
          description:
            'Cuts key, identity, callbacks and the readable history of changes; a tombstone under the HMAC remains, so that no import brings the person back unasked.',
        },
  ),
];

/** Which of two entries for one member should hold cannot be known. The schema has brought keys into one form. */
function refuseTwice(keys: readonly string[]): void {
  const seen = new Set<string>();
  const errors = keys.flatMap((key, position) => {
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst
      ? []
      : [{ path: `members.${position}.merchantUserKey`, message: 'is in this request already' }];
  });
  if (errors.length > 0)
    throw new Refusal(400, 'INVALID_REQUEST', 'A member is in the request twice.', errors);
}
