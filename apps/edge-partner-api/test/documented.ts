import { documentedAnswers, documentedContent, withoutParameters } from '../api-docs/documented-answers.ts';
import { withoutPrefix } from '../src/http/path-prefix.ts';
import type { RouteSpec } from '../src/http/route.ts';
import { routes } from '../src/routes/index.ts';

/**
 * Holds an answer against the API document. Every answer of every test goes through here, so that whatever the tests
 * can bring an endpoint to say is documented.
 *
 * @param prefix what stands in front of the paths of this deployment
 * @throws Error naming the endpoint, the status and what the document says otherwise
 */
export async function expectDocumented(request: Request, response: Response, prefix = ''): Promise<void> {
  const spec = specOf(request, prefix);
  if (spec === undefined) return;
  const { status } = response;
  const place = `${request.method} ${spec.path} ${status}`;
  const answer = documentedAnswers(spec)[status];
  if (answer === undefined) throw new Error(`${place} is not documented: ${await response.text()}`);
  const given = response.headers.get('content-type');
  const type = given === null ? null : withoutParameters(given);
  const content = documentedContent(spec, status, answer);
  const schema = type === null ? undefined : content.get(type);
  if (schema === undefined && (type !== null || content.size > 0)) {
    throw new Error(`${place} is ${type}, documented is ${[...content.keys()].join(' or ') || 'no body'}`);
  }
  if (schema === undefined || schema === 'file') return;
  const body: unknown = await response.json();
  const read = schema.safeParse(body);
  if (!read.success) throw new Error(`${place} is another shape than documented: ${read.error.message}`);
  const undocumented = beyond(body, read.data);
  if (undocumented !== undefined) throw new Error(`${place} has more than documented: ${undocumented}`);
  if (status >= 400 && !/^[A-Z][A-Z0-9_]*$/.test(codeOf(body))) {
    throw new Error(`${place} has no stable code: ${codeOf(body)}`);
  }
}

/** The endpoint that answers; one whose path is written out before one that reads a part of it. */
function specOf(request: Request, prefix: string): RouteSpec | undefined {
  const path = withoutPrefix(new URL(request.url).pathname, prefix);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const fitting = routes
    .map(({ spec }) => spec)
    .filter((spec) => spec.method.toUpperCase() === method && leadsTo(spec.path, path));
  return fitting.find((spec) => spec.path === path) ?? fitting[0];
}

function leadsTo(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(path);
}

/** The first place of `given` that the schema did not keep. */
function beyond(given: unknown, kept: unknown, path = '$'): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  if (typeof kept !== 'object' || kept === null) return path;
  for (const [name, value] of Object.entries(given)) {
    const place = `${path}.${name}`;
    if (!Object.hasOwn(kept, name)) return place;
    const found = beyond(value, Reflect.get(kept, name), place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function codeOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  // What no one says no about is the answer itself: nobody found, nothing ready.
  return 'code' in body ? String(body.code) : 'status' in body ? 'NOT_A_REFUSAL' : '';
}
