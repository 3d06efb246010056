import type * as z from 'zod';
import type { Safety } from '../contract/endpoints.ts';
import { FacePassAbortedError, FacePassRequestError, FacePassTimeoutError } from '../errors.ts';
import type { CallResult } from './call.ts';
import { type CallRecord, startRecord } from './call-record.ts';
import { checkStatus } from './check-status.ts';
import type { EventListener } from './events.ts';
import { type Exchange, exchange } from './exchange.ts';
import { compose } from './middleware.ts';
import { checkSettings } from './options.ts';
import type { RateLimit } from './rate-limit.ts';
import { parseJson, readAnswer } from './read-answer.ts';
import { requestIdOf } from './request-id.ts';
import { withRetries } from './retry-loop.ts';
import type { Runtime } from './runtime.ts';
import { type CallOptions, type ClientSettings, mergeSettings } from './settings.ts';
import type { TimeLimit } from './time-limit.ts';
import type { TokenManager } from './token-manager.ts';

/** One call: where, what, and what its answer must look like. */
export interface Outgoing<Success extends z.ZodType> {
  readonly endpoint: { readonly method: string; readonly path: string; readonly safety: Safety };
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly body?: unknown;
  readonly success: Success;
}

/** Options of a call that is part of a larger one. */
export interface PartOptions extends CallOptions {
  /** The instant by which the larger one has to end. */
  readonly deadlineAtMs?: number | undefined;
  /** The request may itself be what FacePass fails on: that is found out soon, not after every retry. */
  readonly isTentative?: boolean | undefined;
}

export interface Transport {
  send<Success extends z.ZodType>(
    outgoing: Outgoing<Success>,
    options?: PartOptions,
  ): Promise<CallResult<z.output<Success>>>;
  /** The same options with the deadline as an instant: several calls made with them end by it together. */
  begin(options?: CallOptions): PartOptions;
}

export interface TransportOptions {
  readonly runtime: Runtime;
  readonly baseUrl: string;
  readonly tokens: TokenManager;
  readonly rateLimit: RateLimit;
  readonly settings: ClientSettings;
  readonly emit: EventListener;
}

export function createTransport(options: TransportOptions): Transport {
  const { runtime, tokens, emit } = options;

  return {
    begin(callOptions = {}) {
      const { deadlineMs } = mergeSettings(options.settings, callOptions);
      return { ...callOptions, deadlineAtMs: runtime.now() + deadlineMs };
    },

    async send(outgoing, callOptions = {}) {
      checkSettings(callOptions);
      const settings = mergeSettings(options.settings, callOptions);
      const { endpoint } = outgoing;
      const record = startRecord(runtime, emit, `${endpoint.method} ${endpoint.path}`);
      const limit: TimeLimit = {
        timeoutMs: settings.timeoutMs,
        deadlineMs: settings.deadlineMs,
        deadlineAtMs: callOptions.deadlineAtMs ?? record.startedAtMs + settings.deadlineMs,
        signal: callOptions.signal,
      };
      try {
        const attempt = createAttempt(outgoing, settings, limit, record);
        const retry = {
          runtime,
          policy: settings,
          limit,
          safety: endpoint.safety,
          isTentative: callOptions.isTentative === true,
          context: record.context(),
          onRetry: record.retries,
        };
        const result = await withRetries(retry, async () => {
          const answer = await attempt();
          const context = record.context(requestIdOf(answer.headers));
          checkStatus(answer, runtime.now(), context);
          const data = readAnswer(parseJson(answer.text, context), outgoing.success, context);
          return { data, answer, requestId: context.requestId };
        });
        record.succeeded(result.requestId);
        return { data: result.data, response: responseInfo(result.answer, result.requestId, record) };
      } catch (error) {
        record.failed(error);
        throw error;
      }
    },
  };

  /** Makes one attempt; a refused token is replaced and the request replayed once. */
  function createAttempt(
    outgoing: Outgoing<z.ZodType>,
    settings: ClientSettings,
    limit: TimeLimit,
    record: CallRecord,
  ): () => Promise<Exchange> {
    const { method } = outgoing.endpoint;
    const url = urlOf(options.baseUrl, outgoing);
    // Written once: a repetition sends the same bytes.
    const body = method === 'GET' || method === 'HEAD' ? null : jsonOf(outgoing.body ?? {}, record);

    async function sendWith(accessToken: string): Promise<Exchange> {
      await awaitTurn(options.rateLimit, runtime, limit, record);
      return record.attempt(() => {
        const { callId } = record;
        const context = record.context();
        const info = { callId, endpoint: context.endpoint ?? '', attempt: record.attempts() };
        return exchange({
          runtime,
          limit,
          maxResponseBytes: settings.maxResponseBytes,
          context,
          buildRequest: (signal) => {
            const headers = headersOf(settings.headers, accessToken, body !== null);
            return new Request(url, { method, headers, body, redirect: 'manual', signal });
          },
          around: (send) => compose(settings.middleware, info, send),
        });
      });
    }

    const tokenFor = () => record.token(() => tokens.get(limit, settings));

    return async () => {
      const accessToken = await tokenFor();
      const answer = await sendWith(accessToken);
      if (answer.status !== 401) return answer;
      await tokens.refuse(accessToken, limit);
      return sendWith(await tokenFor());
    };
  }
}

/** Waits for the call's place under the rate limit. @throws FacePassTimeoutError when that lies past the deadline. */
async function awaitTurn(
  rateLimit: RateLimit,
  runtime: Runtime,
  limit: TimeLimit,
  record: CallRecord,
): Promise<void> {
  const nowMs = runtime.now();
  const startMs = rateLimit.earliest(nowMs);
  if (startMs >= limit.deadlineAtMs) {
    throw new FacePassTimeoutError({ limit: 'deadline', timeoutMs: limit.deadlineMs }, record.context());
  }
  rateLimit.take(startMs);
  const waitMs = startMs - nowMs;
  if (waitMs <= 0) return;
  record.limited(waitMs);
  await runtime.sleep(waitMs, limit.signal);
  if (limit.signal?.aborted) throw new FacePassAbortedError(record.context());
}

function headersOf(own: Readonly<Record<string, string>>, accessToken: string, hasBody: boolean): Headers {
  const headers = new Headers(own);
  headers.set('authorization', `Bearer ${accessToken}`);
  headers.set('accept', 'application/json');
  if (hasBody) headers.set('content-type', 'application/json');
  return headers;
}

/** @throws FacePassRequestError for a BigInt or a circle, without the runtime's text: it names what is inside. */
function jsonOf(body: unknown, record: CallRecord): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new FacePassRequestError(
      [{ path: 'body', problem: 'cannot be written as JSON' }],
      record.context(),
    );
  }
}

function urlOf(baseUrl: string, { endpoint, query }: Outgoing<z.ZodType>): string {
  const url = new URL(baseUrl.replace(/\/+$/, '') + endpoint.path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function responseInfo(answer: Exchange, requestId: string | undefined, record: CallRecord) {
  return {
    status: answer.status,
    headers: answer.headers,
    ...(requestId !== undefined && { requestId }),
    attempts: record.attempts(),
    startedAtMs: record.startedAtMs,
    timings: record.timings(),
  };
}
