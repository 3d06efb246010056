import type { LeaverSweep, MirrorRpc } from '@facepass-kit/protocol';
import type { MemberFeed } from '../store/member-feed.ts';
import type { MirrorErrand } from './mirror-errands.ts';

/**
 * What the directory does for the faces of people who left: it tells the mirror who did, and answers when the
 * mirror, right before a face goes, asks whether somebody is still away.
 */
export interface LeaverErrand {
  /** Tells the mirror what is new; returns of how many people. */
  tell(mirror: MirrorRpc): Promise<number>;
  /** Tells what is new and has due faces unregistered. */
  run(mirror: MirrorRpc): Promise<{ readonly told: number; readonly sweep: LeaverSweep }>;
  /** The same, as it is run every minute. */
  readonly errand: MirrorErrand;
}

/** Steps a run: a directory of 10,000 members is told within three minutes. */
const STEPS_PER_RUN = 20;

/** @param keptMs how long the key of an erased member may wait for a mirror that does not answer. */
export function createLeaverErrand(feed: MemberFeed, keptMs: number, now: () => number): LeaverErrand {
  const tell = async (mirror: MirrorRpc): Promise<number> => {
    let told = 0;
    for (let steps = 0; steps < STEPS_PER_RUN; steps++) {
      const step = await feed.after(await mirror.memberCursor());
      if (step === null) break;
      // Refused where another run told it meanwhile: the next look at the cursor says so.
      if (!(await mirror.noteMembers(step))) continue;
      await feed.told(step);
      told += step.standings.length;
    }
    return told;
  };
  const run: LeaverErrand['run'] = async (mirror) => {
    try {
      const told = await tell(mirror);
      return { told, sweep: await mirror.sweepLeavers((people) => feed.standingsOf(people)) };
    } finally {
      await feed.forget(now() - keptMs);
    }
  };
  return {
    tell,
    run,
    errand: {
      name: 'leavers',
      async run(mirror) {
        const { told, sweep } = await run(mirror);
        return told + sweep.asked === 0 ? null : { told, ...sweep };
      },
    },
  };
}
