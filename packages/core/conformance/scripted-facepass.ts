/** A `fetch` that answers like FacePass from a script, and remembers what it was asked. */
import {
  createFacePassClient,
  type FacePassClient,
  type FacePassClientOptions,
  type FacePassEvent,
} from '../src/client.ts';
import { createVirtualClock, type VirtualClock } from '../src/testing.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

export type Answer = Response | ((asked: Asked, clock: VirtualClock) => Response | Promise<Response>);

export const success = (payload: unknown): Response =>
  Response.json({ resultType: 'SUCCESS', success: payload, error: null });

export const failure = (errorCode: string, reason = 'no reason'): Response =>
  Response.json({ resultType: 'FAIL', success: null, error: { errorCode, reason } });

/** A connection that breaks after the request may have been read, as Node's fetch reports it. */
export const reset = (): never => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
};

/** A connection that never stood. */
export const refuse = (): never => {
  throw new TypeError('fetch failed', {
    cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  });
};

/** A server that takes the request and never answers. */
export const hang: Answer = ({ signal }, clock) => clock.hang(signal);

/** A body whose connection ends after `text`. */
export const cutOff = (text: string): Response => {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.error(new TypeError('terminated'));
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
};

export interface World {
  readonly client: FacePassClient;
  readonly clock: VirtualClock;
  /** Requests to FacePass itself, without those to the token endpoint. */
  readonly asked: Asked[];
  readonly tokenRequests: Asked[];
  readonly events: FacePassEvent[];
}

export const TOKEN_URL = 'https://token.test/token';
export const BASE_URL = 'https://facepass.test';
/** Secrets that nothing may show. */
export const CLIENT_SECRET = 'client-secret-hush';

export interface WorldOptions extends Partial<FacePassClientOptions> {
  /** Answers of the token endpoint. Without them every request gets a new token, good for an hour. */
  readonly tokens?: readonly Answer[];
}

/** Answers are used up one by one; the last one repeats. */
export function scriptedWorld(answers: readonly Answer[], options: WorldOptions = {}): World {
  const { tokens, ...clientOptions } = options;
  const asked: Asked[] = [];
  const tokenRequests: Asked[] = [];
  const events: FacePassEvent[] = [];
  const clock = createVirtualClock(Date.UTC(2026, 0, 5));

  async function fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = await request.text();
    const isToken = request.url === TOKEN_URL;
    const one: Asked = {
      method: request.method,
      path: url.pathname,
      search: url.search,
      headers: request.headers,
      text,
      body: isToken || text === '' ? undefined : JSON.parse(text),
      signal: request.signal,
    };
    const log = isToken ? tokenRequests : asked;
    log.push(one);
    const script = isToken ? (tokens ?? [tokenAnswer(`token-${log.length}`)]) : answers;
    const answer = script[Math.min(log.length, script.length) - 1];
    if (answer === undefined) throw new Error('the script has no answer');
    return answer instanceof Response ? answer.clone() : answer(one, clock);
  }

  const client = createFacePassClient({
    clientId: 'client-id',
    clientSecret: CLIENT_SECRET,
    baseUrl: BASE_URL,
    tokenUrl: TOKEN_URL,
    fetch,
    now: clock.now,
    sleep: clock.sleep,
    startTimer: clock.startTimer,
    random: () => 0.5,
    // Workers would not share a refresh by default; the suite is the same everywhere.
    shareTokenRefresh: true,
    onEvent: (event) => events.push(event),
    ...clientOptions,
  });
  return { client, clock, asked, tokenRequests, events };
}

export function tokenAnswer(accessToken: string, expiresIn = 3600): Response {
  return Response.json({ access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn });
}
