import { type BackfillOrder, backfillOrder, backfillProgress, type MirrorRpc } from '@facepass-kit/protocol';
import * as z from 'zod';
import { type Route, route } from '../../http/route.ts';
import { REFUSALS } from './answers.ts';
import { fromMirror, MIRROR_REFUSALS } from './from-mirror.ts';

const progressAnswers = () => ({
  200: { description: 'How far either history is read.', schema: z.array(backfillProgress) },
  ...MIRROR_REFUSALS,
});

export const backfillRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/admin/v1/mirror/backfill',
    access: { admin: 'viewer' },
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'See how far older history is read, and how long the rest will take',
          answers: progressAnswers(),
        },
    handle: async (c) => c.json(await fromMirror(c, (mirror) => mirror.backfillProgress())),
  }),
  route({
    method: 'post',
    path: '/admin/v1/mirror/backfill',
    access: { admin: 'operator' },
    body: backfillOrder,
    docs: globalThis.WITHOUT_DOCS
      ? undefined
      : {
          summary: 'Read older history, rest, go on, give up, or read everything again',
          description:
            'What is read already is not read twice, but by `rebuild`; answers come from the old rows until it is done.',
          answers: { ...progressAnswers(), 400: REFUSALS.invalid },
        },
    async handle(c, { body }) {
      c.set('action', `backfill.${body.action}`);
      return c.json(
        await fromMirror(c, async (mirror) => {
          await carryOut(mirror, body);
          return await mirror.backfillProgress();
        }),
      );
    },
  }),
];

async function carryOut(mirror: MirrorRpc, order: BackfillOrder): Promise<void> {
  if (order.action === 'start') return await mirror.startBackfill(order.from);
  if (order.action === 'rebuild') return await mirror.startRebuild();
  if (order.action === 'pause') return await mirror.pauseBackfill();
  if (order.action === 'resume') return await mirror.resumeBackfill();
  await mirror.cancelBackfill();
}
