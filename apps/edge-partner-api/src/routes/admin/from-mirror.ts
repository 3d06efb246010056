import type { MirrorRpc } from '@facepass-kit/protocol';
import type { AppContext } from '../../http/context.ts';
import { Refusal } from '../../http/refusal.ts';
import { describeError } from '../../log.ts';
import { REFUSALS } from './answers.ts';

/** Refusals of every route that asks the mirror. */
export const MIRROR_REFUSALS = {
  502: { ...REFUSALS.unknown, description: 'The mirror did not answer.' },
  503: { ...REFUSALS.unknown, description: 'No mirror is bound to this server.' },
} as const;

/** What the mirror answers. @throws Refusal 503 `NO_MIRROR`, 502 `MIRROR_FAILED` */
export async function fromMirror<T>(c: AppContext, question: (mirror: MirrorRpc) => Promise<T>): Promise<T> {
  const { mirror } = c.get('services');
  if (mirror === undefined) throw new Refusal(503, 'NO_MIRROR', 'No mirror is bound to this server.');
  try {
    return await question(mirror);
  } catch (error) {
    c.get('log')('error', 'mirror.failed', describeError(error));
    throw new Refusal(502, 'MIRROR_FAILED', 'The mirror did not answer; its own log says why.');
  }
}
