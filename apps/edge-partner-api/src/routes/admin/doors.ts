import { idSchema } from '@facepass-kit/access/schema';
import {
  areaPath,
  areaPresence,
  denyEntries,
  denyEntry,
  denyRequest,
  entryPath,
  explainRequest,
  explanation,
  lastDecisions,
  lastDecisionsQuery,
  passEntries,
  passEntry,
  passRequest,
  resetPresenceAnswer,
  resetPresenceRequest,
  siteModeRequest,
  siteStatuses,
} from '@facepass-kit/protocol';
import * as z from 'zod';
import { Refusal } from '../../http/refusal.ts';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';

const unknownIds = {
  ...REFUSALS.invalid,
  description: 'A zone or group is not in the release in force, or the end is not in the future.',
};
const overAlready = { ...REFUSALS.invalid, description: 'The end is not in the future.' };

const sites: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/sites',
    access: { admin: 'viewer' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'See how the sites are run',
          answers: {
            200: { description: 'Every site of the release in force, with its mode.', schema: siteStatuses },
          },
        },
    handle: async (c) => c.json({ sites: await c.get('services').guard.sites() }),
  }),
  route({
    method: 'put',
    path: '/admin/v1/sites/:siteId/mode',
    access: { admin: 'operator' },
    isUrgent: true,
    params: z.object({ siteId: idSchema }),
    body: siteModeRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Lock a site down, evacuate it, or bring it back to normal',
          description: 'When this answers, every question after it is answered under the mode.',
          answers: { 204: { description: 'In force.' }, 404: REFUSALS.unknown, 422: overAlready },
        },
    async handle(c, { params: { siteId }, body }) {
      c.set('action', `sites.${body.mode}`);
      c.set('reason', body.reason);
      refuseOver('until', body.until);
      const known = await c.get('services').guard.setSiteMode({ siteId, ...body });
      if (!known) throw new Refusal(404, 'UNKNOWN_SITE', 'The release in force has no such site.');
      c.set('subject', siteId);
      return c.body(null, 204);
    },
  }),
];

const denies: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/denies',
    access: { admin: 'viewer' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'List who is kept out',
          answers: { 200: { description: 'All entries.', schema: denyEntries } },
        },
    handle: async (c) => c.json({ denies: await (await c.get('services').desk()).denies() }),
  }),
  route({
    method: 'post',
    path: '/admin/v1/denies',
    access: { admin: 'operator' },
    isUrgent: true,
    body: denyRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Keep a member, or everybody in a group, out',
          description: 'Stronger than any permit or pass. The device shows a neutral text.',
          answers: { 201: { description: 'The entry, in force.', schema: denyEntry }, 422: unknownIds },
        },
    async handle(c, { body }) {
      c.set('action', 'denies.add');
      c.set('reason', body.reason);
      refuseOver('until', body.until);
      const entry = await (await c.get('services').desk()).deny(body);
      c.set('subject', entry.id);
      return c.json(entry, 201);
    },
  }),
  route({
    method: 'delete',
    path: '/admin/v1/denies/:id',
    access: { admin: 'operator' },
    params: entryPath,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Withdraw an entry',
          answers: { 204: { description: 'Withdrawn.' }, 404: REFUSALS.unknown },
        },
    async handle(c, { params: { id } }) {
      c.set('action', 'denies.withdraw');
      if (!(await c.get('services').guard.withdrawDeny(id))) throw unknownEntry();
      c.set('subject', id);
      return c.body(null, 204);
    },
  }),
];

const passes: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/passes',
    access: { admin: 'viewer' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'List visitors’ and temporary passes',
          answers: { 200: { description: 'All passes with their uses.', schema: passEntries } },
        },
    handle: async (c) => c.json({ passes: await (await c.get('services').desk()).passes() }),
  }),
  route({
    method: 'post',
    path: '/admin/v1/passes',
    access: { admin: 'operator' },
    body: passRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Let a member into zones for a while or a number of times',
          description:
            'The person must be a member: FacePass asks about members only. Forbid rules and denies are stronger.',
          answers: { 201: { description: 'The pass, in force.', schema: passEntry }, 422: unknownIds },
        },
    async handle(c, { body }) {
      c.set('action', 'passes.issue');
      c.set('reason', body.reason);
      refuseOver('validUntil', body.validUntil);
      const pass = await (await c.get('services').desk()).issuePass(body);
      c.set('subject', pass.id);
      return c.json(pass, 201);
    },
  }),
  route({
    method: 'delete',
    path: '/admin/v1/passes/:id',
    access: { admin: 'operator' },
    params: entryPath,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Revoke a pass',
          answers: { 204: { description: 'Revoked.' }, 404: REFUSALS.unknown },
        },
    async handle(c, { params: { id } }) {
      c.set('action', 'passes.revoke');
      if (!(await c.get('services').guard.revokePass(id))) throw unknownEntry();
      c.set('subject', id);
      return c.body(null, 204);
    },
  }),
];

const presence: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/areas/:areaId/presence',
    access: { admin: 'viewer' },
    params: areaPath,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'See who is inside an area',
          answers: {
            200: { description: 'Occupancy and people, longest inside first.', schema: areaPresence },
            404: REFUSALS.unknown,
          },
        },
    handle: async (c, { params: { areaId } }) =>
      c.json(await (await c.get('services').desk()).presence(areaId)),
  }),
  route({
    method: 'post',
    path: '/admin/v1/areas/:areaId/presence/reset',
    access: { admin: 'operator' },
    params: areaPath,
    body: resetPresenceRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Declare one member, or everybody, to be outside',
          answers: {
            200: { description: 'How many people that were.', schema: resetPresenceAnswer },
            404: REFUSALS.unknown,
          },
        },
    async handle(c, { params: { areaId }, body: { merchantUserKey, reason } }) {
      c.set('action', 'presence.reset');
      c.set('reason', reason);
      const left = await (await c.get('services').desk()).resetPresence(areaId, merchantUserKey);
      c.set('subject', areaId);
      return c.json({ left });
    },
  }),
];

const answers: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/decisions',
    access: { admin: 'viewer' },
    query: lastDecisionsQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read the last decisions, newest first',
          description: 'Straight from the guard, with what each depended on; older ones are in the mirror.',
          answers: { 200: { description: 'Decisions.', schema: lastDecisions } },
        },
    handle: async (c, { query: { limit } }) =>
      c.json({ decisions: await (await c.get('services').desk()).lastDecisions(limit) }),
  }),
  route({
    method: 'post',
    path: '/admin/v1/explain',
    access: { admin: 'viewer' },
    body: explainRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Ask what the answer would be now, and why',
          description:
            'Nothing is spent and nothing recorded. `explainDecision` of @facepass-kit/protocol tells from the answer which rules miss what, what would let the person in, and when they may.',
          answers: {
            200: { description: 'The answer and what determined it.', schema: explanation },
            400: REFUSALS.invalid,
          },
        },
    async handle(c, { body }) {
      c.set('action', 'explain');
      return c.json(await (await c.get('services').desk()).explain(body, c.get('requestId')));
    },
  }),
];

export const doorRoutes: readonly Route[] = [...sites, ...denies, ...passes, ...presence, ...answers];

function unknownEntry(): Refusal {
  return new Refusal(404, 'UNKNOWN_ENTRY', 'There is no such entry.');
}

/** What is over when it begins would do the opposite of what was meant: most likely seconds were sent. */
function refuseOver(field: string, untilMs: number | null | undefined): void {
  if (untilMs === undefined || untilMs === null || untilMs > Date.now()) return;
  throw new Refusal(422, 'UNTIL_NOT_IN_FUTURE', 'The end must lie in the future, in UTC milliseconds.', [
    { path: field, message: 'expected UTC milliseconds after now' },
  ]);
}
