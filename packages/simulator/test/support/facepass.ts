import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/index.ts';

export const credentials = { clientId: 'client-a', clientSecret: 'secret-a' };

/** 2026-01-09 12:00:00 in Seoul. */
export const noonMs = Date.UTC(2026, 0, 9, 3);

/** A simulator with a stopped clock, one merchant, and audits that wait for a decision. */
export async function createFacePass(options: SimulatorOptions = {}): Promise<FacePass> {
  const simulator = createSimulator({ now: () => noonMs, merchants: [credentials], ...options });
  await simulator.control.run('merchants/configure', {
    clientId: credentials.clientId,
    personality: { auditSeconds: null },
  });
  return { ...simulator, call: callerOf(simulator) };
}

export interface FacePass extends Simulator {
  /** Calls an endpoint as client-a with a fresh token; a body makes it a POST. */
  readonly call: Caller;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly success: Record<string, unknown>;
}

type Caller = (path: string, body?: unknown, merchant?: typeof credentials) => Promise<Answer>;

export function callerOf(simulator: Simulator): Caller {
  const tokens = new Map<string, string>();
  return async (path, body, merchant = credentials) => {
    const known = tokens.get(merchant.clientId) ?? (await fetchToken(simulator, merchant));
    tokens.set(merchant.clientId, known);
    const response = await simulator.fetch(
      new Request(`http://facepass.test/api/v1/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${known}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    return answerOf(response);
  };
}

export async function answerOf(response: Response): Promise<Answer> {
  const body = objectOf(await response.json());
  return { status: response.status, headers: response.headers, body, success: objectOf(body['success']) };
}

function objectOf(value: unknown): Record<string, unknown> {
  // Tests look at single members and compare them; what is missing is undefined.
  return Object(value) as Record<string, unknown>;
}

async function fetchToken(
  simulator: Simulator,
  { clientId, clientSecret }: typeof credentials,
): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { body } = await answerOf(await requestToken(simulator, form));
  return String(body['access_token']);
}

export function requestToken(
  simulator: Simulator,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const request = { method: 'POST', headers, body: new URLSearchParams(form) };
  return simulator.fetch(new Request('http://facepass.test/token', request));
}
