import { MISSING_DECISIONS_MAX } from '@facepass-kit/protocol';
import { GUARD_SOURCE, type GuardPort } from '../../store/guard-port.ts';
import type { MirrorErrand } from '../mirror-errands.ts';

/**
 * The guard numbers its decisions without a gap, so that the mirror can tell which did not arrive: a queue that lost
 * a message, or dead letters. They are sent again for as long as the guard keeps them.
 */
export function resendMissingDecisions(guard: GuardPort): MirrorErrand {
  return {
    name: 'mirror.missing_decisions',
    async run(mirror) {
      const range = await guard.arrivalsDue();
      if (range === null) return null;
      const sequences = await mirror.missingDecisions({ source: GUARD_SOURCE, ...range });
      const outcome = await guard.resend(range, {
        sequences,
        isAll: sequences.length < MISSING_DECISIONS_MAX,
      });
      return sequences.length === 0 ? null : { missing: sequences.length, ...outcome };
    },
  };
}
