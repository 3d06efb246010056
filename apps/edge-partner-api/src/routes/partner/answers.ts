import * as z from 'zod';
import type { RouteAnswer } from '../../http/route.ts';

/** How FacePass and the partner's own apps are refused. */
export const refusal = z.object({
  code: z.string(),
  message: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** Refusals on the side of FacePass: its own plain shape. */
export const REFUSALS = {
  invalid: { description: 'The body does not have the expected shape.', schema: refusal },
  unauthorized: { description: 'The caller could not be authenticated.', schema: refusal },
  tooMany: { description: 'Too many questions about one person, or about nobody.', schema: refusal },
  unavailable: { description: 'Not configured, or something needed cannot be had.', schema: refusal },
} as const satisfies Record<string, RouteAnswer>;
