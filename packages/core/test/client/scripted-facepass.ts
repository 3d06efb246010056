/** A `fetch` that answers like FacePass from a script, and remembers what it was asked. */
import { createFacePassClient, type FacePassClient, type FacePassClientOptions } from '../../src/client.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
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

export interface World {
  readonly client: FacePassClient;
  readonly clock: VirtualClock;
  /** Requests to FacePass itself, without those to the token endpoint. */
  readonly asked: Asked[];
  readonly tokenRequests: Asked[];
}

export const TOKEN_URL = 'https://token.test/token';
export const BASE_URL = 'https://facepass.test';

/** Answers are used up one by one; the last one repeats. Without `tokens`, every token request gets a new token. */
export function scriptedWorld(
  answers: readonly Answer[],
  options: Partial<FacePassClientOptions> & { tokens?: readonly Answer[] } = {},
): World {
  const { tokens, ...clientOptions } = options;
  const asked: Asked[] = [];
  const tokenRequests: Asked[] = [];
  const clock = createVirtualClock(Date.UTC(2026, 0, 5));

  async function fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = await request.text();
    const isToken = request.url === TOKEN_URL;
    const one: Asked = {
      method: request.method,
      path: url.pathname,
      url,
      headers: request.headers,
      text,
      body: isToken || text === '' ? undefined : JSON.parse(text),
      signal: request.signal,
    };
    const log = isToken ? tokenRequests : asked;
    log.push(one);
    const script = isToken ? (tokens ?? [issueNumbered(log.length)]) : answers;
    const answer = script[Math.min(log.length, script.length) - 1];
    if (answer === undefined) throw new Error('the script has no answer');
    return answer instanceof Response ? answer.clone() : answer(one, clock);
  }

  const client = createFacePassClient({
    clientId: 'client-id',
    clientSecret: 'client-secret',
    baseUrl: BASE_URL,
    tokenUrl: TOKEN_URL,
    fetch,
    now: clock.now,
    sleep: clock.sleep,
    startTimer: clock.startTimer,
    random: () => 0.5,
    ...clientOptions,
  });
  return { client, clock, asked, tokenRequests };
}

function issueNumbered(number: number): Response {
  return Response.json({ access_token: `token-${number}`, token_type: 'Bearer', expires_in: 3600 });
}
