import type { GuardPort } from '../../store/guard-port.ts';
import type { MirrorErrand } from '../mirror-errands.ts';

/** Pages in one run: a rush hour in which nobody walked through is told within minutes. */
const PAGES_PER_RUN = 5;

/**
 * A permit counts at once: a place is taken, a use is spent. Where the mirror shows that nobody entered, the guard
 * gives them back. The guard keeps the cursor and moves it in the step in which it takes a page, so that a page is
 * asked for again after any failure, and taken once.
 */
export function takeBackUnusedPermits(guard: GuardPort): MirrorErrand {
  return {
    name: 'mirror.unused_permits',
    async run(mirror) {
      let cursor = await guard.unusedPermitsCursor();
      let named = 0;
      let takenBack = 0;
      for (let page = 0; page < PAGES_PER_RUN; page++) {
        const { permits, next } = await mirror.unusedPermits({ after: cursor });
        if (next === null || next === cursor) break;
        takenBack += await guard.takeBack(permits, next);
        named += permits.length;
        cursor = next;
      }
      return named === 0 ? null : { named, takenBack };
    },
  };
}
