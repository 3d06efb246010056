import type * as z from 'zod';
import type { Endpoint } from '../contract/endpoints.ts';
import {
  FacePassAuthError,
  type FacePassErrorContext,
  FacePassHttpError,
  FacePassRequestError,
} from '../errors.ts';
import { parseRetryAfter } from './backoff.ts';
import type { CallResult } from './call.ts';
import { type Exchange, exchange } from './exchange.ts';
import { parseJson, readAnswer } from './read-answer.ts';
import { withRetries } from './retry-loop.ts';
import type { Runtime } from './runtime.ts';
import type { CallOptions, CallSettings } from './settings.ts';
import type { TimeLimit } from './time-limit.ts';
import type { TokenManager } from './token-manager.ts';

/** One call: where, what, and what its answer must look like. */
export interface Outgoing<Success extends z.ZodType> {
  readonly endpoint: Pick<Endpoint, 'method' | 'path' | 'safety'>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly success: Success;
}

export interface Transport {
  send<Success extends z.ZodType>(
    outgoing: Outgoing<Success>,
    options?: CallOptions,
  ): Promise<CallResult<z.output<Success>>>;
}

export interface TransportOptions {
  readonly runtime: Runtime;
  readonly baseUrl: string;
  readonly tokens: TokenManager;
  readonly settings: CallSettings;
}

export function createTransport({ runtime, baseUrl, tokens, settings }: TransportOptions): Transport {
  return {
    async send(outgoing, options = {}) {
      const call = { ...settings, ...withoutUndefined(options) };
      const startedAtMs = runtime.now();
      const limit: TimeLimit = {
        timeoutMs: call.timeoutMs,
        deadlineMs: call.deadlineMs,
        deadlineAtMs: startedAtMs + call.deadlineMs,
        signal: options.signal,
      };
      const { endpoint } = outgoing;
      let attempts = 0;
      const context = (requestId?: string): FacePassErrorContext => ({
        endpoint: `${endpoint.method} ${endpoint.path}`,
        attempts,
        requestId,
      });
      const url = urlOf(baseUrl, outgoing);
      // Written once: a repetition sends the same bytes.
      const body = endpoint.method === 'GET' ? null : JSON.stringify(outgoing.body ?? {});

      async function attemptWith(accessToken: string): Promise<Exchange> {
        attempts++;
        const headers = new Headers(call.headers);
        headers.set('authorization', `Bearer ${accessToken}`);
        headers.set('accept', 'application/json');
        if (body !== null) headers.set('content-type', 'application/json');
        const request = (signal: AbortSignal) =>
          new Request(url, { method: endpoint.method, headers, body, redirect: 'manual', signal });
        return exchange(runtime, request, { ...limit, maxResponseBytes: call.maxResponseBytes }, context());
      }

      return withRetries(runtime, call, limit, endpoint.safety, context(), async () => {
        const accessToken = await tokens.get(limit, call);
        let answer = await attemptWith(accessToken);
        if (answer.status === 401) {
          await tokens.refuse(accessToken);
          answer = await attemptWith(await tokens.get(limit, call));
        }
        const at = context(requestIdOf(answer.headers));
        throwForStatus(answer, runtime.now(), at);
        const data = readAnswer(parseJson(answer.text, at), outgoing.success, at);
        return {
          data,
          response: {
            status: answer.status,
            headers: answer.headers,
            ...(at.requestId === undefined ? {} : { requestId: at.requestId }),
            attempts,
            startedAtMs,
            durationMs: runtime.now() - startedAtMs,
          },
        };
      });
    },
  };
}

/** Checks a body against the contract before it is sent. @throws FacePassRequestError naming field and rule. */
export function checkRequest<Schema extends z.ZodType>(
  endpoint: Pick<Endpoint, 'method' | 'path'>,
  schema: Schema,
  body: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    problem: message,
  }));
  throw new FacePassRequestError(issues, { endpoint: `${endpoint.method} ${endpoint.path}` });
}

function urlOf(
  baseUrl: string,
  { endpoint, query }: Pick<Outgoing<z.ZodType>, 'endpoint' | 'query'>,
): string {
  const url = new URL(baseUrl.replace(/\/+$/, '') + endpoint.path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function throwForStatus(answer: Exchange, nowMs: number, context: FacePassErrorContext): void {
  const { status } = answer;
  if (status >= 200 && status <= 299) return;
  if (status === 401) {
    const message = `FacePass refused a fresh access token for ${context.endpoint} (HTTP 401): check that tokenUrl, baseUrl and the credentials belong to one environment.`;
    throw new FacePassAuthError({ message, status }, context);
  }
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), nowMs);
  throw new FacePassHttpError({ status, retryAfterMs, errorCode: errorCodeIn(answer.text) }, context);
}

function errorCodeIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
    const { error } = body;
    if (typeof error !== 'object' || error === null || !('errorCode' in error)) return undefined;
    return typeof error.errorCode === 'string' ? error.errorCode : undefined;
  } catch {
    return undefined;
  }
}

/** The names under which servers and gateways return a request's id; the first one present counts. */
const requestIdHeaders = ['x-request-id', 'x-correlation-id', 'x-amzn-trace-id', 'cf-ray'];
const requestIdShape = /^[A-Za-z0-9_.:=;-]{1,128}$/;

function requestIdOf(headers: Headers): string | undefined {
  for (const name of requestIdHeaders) {
    const value = headers.get(name);
    if (value !== null && requestIdShape.test(value)) return value;
  }
  return undefined;
}

function withoutUndefined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Only keys of T with a defined value are left, which is what the type says.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
