import { problem } from '@facepass-kit/protocol';
import type * as z from 'zod';
import type { RouteAnswer, RouteSpec } from '../src/http/route.ts';
import { refusal } from '../src/routes/partner/answers.ts';

/** Everything an endpoint may answer, by status: what it says of itself, over what is in front of it. */
export function documentedAnswers(spec: RouteSpec): Readonly<Record<number, RouteAnswer>> {
  return { ...commonAnswers(spec), ...spec.docs?.answers };
}

/** By media type what an answer's body may be: JSON of a schema, or a file, which has none. Empty: no body. */
export function documentedContent(
  { access }: RouteSpec,
  status: number,
  { schema, files = [] }: RouteAnswer,
): ReadonlyMap<string, z.ZodType | 'file'> {
  const isProblem = typeof access === 'object' && status >= 400;
  const json = isProblem ? 'application/problem+json' : 'application/json';
  return new Map<string, z.ZodType | 'file'>([
    ...(schema === undefined ? [] : [[json, schema] as const]),
    ...files.map((type) => [withoutParameters(type), 'file'] as const),
  ]);
}

/** `text/csv; charset=utf-8` is `text/csv`. */
export function withoutParameters(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim();
}

/** What any route of its kind may answer, whatever it is about. */
function commonAnswers(spec: RouteSpec): Record<number, RouteAnswer> {
  const { access, feature, method, params, query, upload } = spec;
  const schema = typeof access === 'object' ? problem : refusal;
  const refused = (description: string): RouteAnswer => ({ description, schema });
  const failed = { 500: refused('Something failed here, or is configured wrongly (`BAD_ENVIRONMENT`).') };
  if (access === 'public') return failed;
  // Whatever comes with another method than GET is read before anybody asks what it is for.
  const isJsonRead = method !== 'get' && upload === undefined;
  return {
    ...failed,
    401: refused('The caller could not be authenticated.'),
    503: refused('Not configured yet (`NOT_CONFIGURED`), or something needed cannot be had.'),
    ...(typeof access === 'object' ? { 403: refused('The role of the caller does not allow this.') } : {}),
    ...(access === 'partner' && feature !== 'validate'
      ? {}
      : { 429: refused('Too often; see `Retry-After`.') }),
    ...(feature === undefined ? {} : { 404: refused('Switched off in this deployment.') }),
    ...(isJsonRead || params !== undefined || query !== undefined
      ? {
          400: refused(
            'Something of the request is not of the expected shape: code, and path of every field.',
          ),
        }
      : {}),
    ...(isJsonRead
      ? {
          413: refused('The body is too large.'),
          415: refused('The body is not `application/json`.'),
        }
      : {}),
  };
}
