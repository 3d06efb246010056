import {
  approveLeavers,
  approveLeaversAnswer,
  leaver,
  leaverEvent,
  leaverEventsQuery,
  leaversQuery,
  leaversRound,
} from '@facepass-kit/protocol';
import * as z from 'zod';
import { hasRole } from '../../http/admin-role.ts';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';
import { fromMirror, MIRROR_REFUSALS } from './from-mirror.ts';

export const leaverRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/mirror/leavers',
    access: { admin: 'viewer' },
    query: leaversQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'List people who left, by what became of their face',
          description: 'Administrators see keys; others see references.',
          answers: {
            200: {
              description: 'In the order of `person`; the last one continues the list.',
              schema: z.array(leaver),
            },
            400: REFUSALS.invalid,
            ...MIRROR_REFUSALS,
          },
        },
    async handle(c, { query }) {
      const keys = hasRole(c.get('principal'), 'admin');
      return c.json(await fromMirror(c, (mirror) => mirror.leavers(query, keys)));
    },
  }),
  route({
    method: 'post',
    path: '/admin/v1/mirror/leavers/approve',
    access: { admin: 'admin' },
    body: approveLeavers,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Have the faces of people who left unregistered',
          description: 'By the next sweep, unless they come back before.',
          answers: {
            200: { description: 'How many of them are on the list.', schema: approveLeaversAnswer },
            400: REFUSALS.invalid,
            ...MIRROR_REFUSALS,
          },
        },
    async handle(c, { body: { people } }) {
      c.set('action', 'leavers.approve');
      c.set('subject', `${people.length} people`);
      return c.json({ approved: await fromMirror(c, (mirror) => mirror.approveLeavers(people)) });
    },
  }),
  route({
    method: 'post',
    path: '/admin/v1/mirror/leavers/sweep',
    access: { admin: 'operator' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Do now what is done for people who left every few minutes',
          answers: { 200: { description: 'What was done.', schema: leaversRound }, ...MIRROR_REFUSALS },
        },
    async handle(c) {
      c.set('action', 'leavers.sweep');
      return c.json(
        await fromMirror(c, async (mirror) => {
          const { leavers } = c.get('services');
          await leavers.tell(mirror);
          const asked = await mirror.askLeavers();
          return { asked, sweep: (await leavers.run(mirror)).sweep };
        }),
      );
    },
  }),
  route({
    method: 'get',
    path: '/admin/v1/mirror/leavers/events',
    access: { admin: 'viewer' },
    query: leaverEventsQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read what was done about people who left, and what FacePass answered',
          answers: {
            200: { description: 'Newest first.', schema: z.array(leaverEvent) },
            400: REFUSALS.invalid,
            ...MIRROR_REFUSALS,
          },
        },
    handle: async (c, { query }) => c.json(await fromMirror(c, (mirror) => mirror.leaverEvents(query))),
  }),
];
