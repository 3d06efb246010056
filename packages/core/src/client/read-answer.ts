import * as z from 'zod';
import { resultEnvelope } from '../contract/result-envelope.ts';
import { FacePassApiError, type FacePassErrorContext, FacePassProtocolError } from '../errors.ts';

/** Parses the text of an answer. @throws FacePassProtocolError `not_json`. */
export function parseJson(text: string, context: FacePassErrorContext): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FacePassProtocolError({ problem: 'not_json' }, context);
  }
}

/**
 * The `success` of an answer inside its envelope.
 *
 * @throws FacePassApiError for `FAIL`; FacePassProtocolError `wrong_shape`, naming the path.
 */
export function readAnswer<Success extends z.ZodType>(
  body: unknown,
  success: Success,
  context: FacePassErrorContext,
): z.output<Success> {
  const envelope = anyEnvelope.safeParse(body);
  if (!envelope.success) throw wrongShape(envelope.error, [], context);
  if (envelope.data.resultType === 'FAIL') throw new FacePassApiError(envelope.data.error, context);
  const parsed = success.safeParse(envelope.data.success);
  if (!parsed.success) throw wrongShape(parsed.error, ['success'], context);
  return parsed.data;
}

const anyEnvelope = resultEnvelope(z.unknown().optional());

/** A schema of records has keys from the answer in its paths; what does not look like a field's name is content. */
const fieldName = /^(?!.*\d{8})[A-Za-z0-9_-]{1,64}$/;
const shownSegment = (segment: PropertyKey): string => {
  const text = String(segment);
  return fieldName.test(text) ? text : '*';
};

function wrongShape(
  error: z.core.$ZodError,
  base: readonly string[],
  context: FacePassErrorContext,
): FacePassProtocolError {
  const issue = error.issues[0];
  return new FacePassProtocolError(
    {
      problem: 'wrong_shape',
      path: [...base, ...(issue?.path ?? [])].map(shownSegment).join('.'),
      expected: issue?.code === 'invalid_type' ? issue.expected : undefined,
    },
    context,
  );
}
