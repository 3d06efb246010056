import { problem } from '@facepass-kit/protocol';
import type { RouteAnswer } from '../../http/route.ts';

/** Refusals that several routes share, in the words of the API document. */
export const REFUSALS = {
  invalid: {
    description: 'The request does not have the expected shape: code and path of every field.',
    schema: problem,
  },
  notInForce: { description: 'Stored, and in force as soon as the guard can be reached.', schema: problem },
  unknown: { description: 'There is no such thing.', schema: problem },
  conflict: { description: 'Something else is there than expected.', schema: problem },
  expired: {
    description: 'What is asked for is not kept any more; the detail says how to go on.',
    schema: problem,
  },
  moved: { description: 'The version of `If-Match` is not the current one.', schema: problem },
} as const satisfies Record<string, RouteAnswer>;
