import * as z from 'zod';
import { maybe, readText } from './lenient.ts';

/** Why FacePass refused, as it says so inside an HTTP 200. Deprecated `error.*` fields are kept. */
export const resultError = z.looseObject({ errorCode: readText, reason: maybe(z.string()) });
export type ResultError = z.infer<typeof resultError>;

/**
 * Every FacePass answer: `{ resultType, success, error }` around the endpoint's own `success`.
 * A handled request is HTTP 200, refusals included (guide, "Response").
 *
 * @example
 * const parsed = resultEnvelope(verifyTokenSuccess).parse(body);
 * if (parsed.resultType === 'SUCCESS') use(parsed.success.token);
 */
export function resultEnvelope<Success extends z.ZodType>(success: Success) {
  return z.discriminatedUnion('resultType', [
    z.looseObject({ resultType: z.literal('SUCCESS'), success }),
    z.looseObject({ resultType: z.literal('FAIL'), error: resultError }),
  ]);
}
