import type { MirrorRpc } from '@facepass-kit/protocol';
import { describeError, type Log, type LogFields } from '../log.ts';

/**
 * Something the edge app and the mirror have to tell each other. The edge app always calls the mirror and never the
 * other way round: a second binding would be a circle, and neither Worker could be deployed first.
 */
export interface MirrorErrand {
  /** For the log: `<name>.done`, `<name>.failed`. */
  readonly name: string;
  /** One run, bounded; what it did, or null where there was nothing to do. Called again every minute. */
  run(mirror: MirrorRpc): Promise<LogFields | null>;
}

/** Runs each errand in its own right: one that fails keeps no other from being run. */
export async function runMirrorErrands(
  mirror: MirrorRpc,
  errands: readonly MirrorErrand[],
  log: Log,
): Promise<void> {
  for (const { name, run } of errands) {
    try {
      const done = await run(mirror);
      if (done !== null) log('info', `${name}.done`, done);
    } catch (error) {
      log('error', `${name}.failed`, describeError(error));
    }
  }
}
