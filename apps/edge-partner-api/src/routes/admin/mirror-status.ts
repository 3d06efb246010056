import {
  finding,
  findingQuery,
  mirrorStatus,
  reconciledHour,
  reconcileRequest,
  replayAnswer,
  runReports,
  runsQuery,
} from '@facepass-kit/protocol';
import * as z from 'zod';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';
import { fromMirror, MIRROR_REFUSALS } from './from-mirror.ts';

export const mirrorStatusRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/mirror/status',
    access: { admin: 'viewer' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'See how the mirror stands: how late, what waits, what is stuck',
          answers: {
            200: { description: 'Figures; nobody is named.', schema: mirrorStatus },
            ...MIRROR_REFUSALS,
          },
        },
    handle: async (c) => c.json(await fromMirror(c, (mirror) => mirror.status())),
  }),
  route({
    method: 'get',
    path: '/admin/v1/mirror/runs',
    access: { admin: 'viewer' },
    query: runsQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read what the last runs did',
          answers: {
            200: { description: 'Newest first.', schema: runReports },
            400: REFUSALS.invalid,
            ...MIRROR_REFUSALS,
          },
        },
    handle: async (c, { query }) => c.json(await fromMirror(c, (mirror) => mirror.runs(query))),
  }),
  route({
    method: 'get',
    path: '/admin/v1/mirror/findings',
    access: { admin: 'viewer' },
    query: findingQuery,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read what comparing our answers with FacePass’s records found',
          answers: {
            200: { description: 'Of one kind, oldest first, by the ids of rows.', schema: z.array(finding) },
            400: REFUSALS.invalid,
            ...MIRROR_REFUSALS,
          },
        },
    handle: async (c, { query }) => c.json(await fromMirror(c, (mirror) => mirror.findings(query))),
  }),
  route({
    method: 'post',
    path: '/admin/v1/mirror/reconcile',
    access: { admin: 'operator' },
    body: reconcileRequest,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Compare the hours of a range again',
          description: 'At most a day of them, as far as they are completely mirrored and not archived.',
          answers: {
            200: { description: 'What each hour counted.', schema: z.array(reconciledHour) },
            400: REFUSALS.invalid,
            ...MIRROR_REFUSALS,
          },
        },
    async handle(c, { body: { from, to } }) {
      c.set('action', 'mirror.reconcile');
      return c.json(await fromMirror(c, (mirror) => mirror.reconcile(from, to)));
    },
  }),
  route({
    method: 'post',
    path: '/admin/v1/mirror/dead-letters/replay',
    access: { admin: 'admin' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Try decisions again that could not be stored',
          answers: { 200: { description: 'The oldest hundred.', schema: replayAnswer }, ...MIRROR_REFUSALS },
        },
    async handle(c) {
      c.set('action', 'mirror.replay');
      return c.json(await fromMirror(c, (mirror) => mirror.replayDeadLetters()));
    },
  }),
];
