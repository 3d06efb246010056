import { settleAudits } from '../world/registrations.ts';
import type { World } from '../world/world.ts';
import { authenticate } from './access-token.ts';
import type { Endpoint } from './endpoint.ts';
import { errorCodes, RequestFault } from './failures.ts';
import { type Reply, replyToError, responseOf, successReply } from './reply.ts';
import { answerTokenRequest } from './token-endpoint.ts';

/** Far above any request of the contract; a caller that sends more has lost its way. */
const maxBodyCharacters = 1_000_000;

/** Answers one request to one of the fifteen endpoints. */
export async function serveEndpoint(world: World, endpoint: Endpoint, request: Request): Promise<Response> {
  const remarks: string[] = [];
  let subject: string | null = null;
  let applied = false;
  const caller = authenticate(world, request.headers.get('authorization'));
  const personality = caller?.merchant.personality;
  let reply: Reply;
  try {
    if (caller === undefined) {
      throw new RequestFault(401, errorCodes.unauthorized, 'expected a valid access token as Bearer');
    }
    const { merchant } = caller;
    settleAudits(world, merchant);
    const input = await readRequest(request, (text) => remarks.push(text));
    const success = await endpoint.handle({
      world,
      merchant,
      input,
      remark: (text) => remarks.push(text),
      concerns: (about) => {
        subject = about;
      },
    });
    applied = true;
    reply = successReply(success, merchant.personality);
  } catch (error) {
    reply = replyToError(error, personality);
  }
  world.requests.add({
    atMs: world.nowMs(),
    clientId: caller?.merchant.clientId ?? null,
    endpoint: endpoint.name,
    method: request.method,
    path: endpoint.path,
    status: reply.status,
    errorCode: errorCodeOf(reply),
    applied,
    fault: null,
    subject,
    remarks,
  });
  return responseOf(reply);
}

/** Answers one request for an access token. */
export async function serveToken(world: World, request: Request): Promise<Response> {
  // Not text(): workerd warns about it for a form's content type.
  const body = new TextDecoder().decode(await request.arrayBuffer());
  const { merchant, reply } = answerTokenRequest(world, request, body);
  world.requests.add({
    atMs: world.nowMs(),
    clientId: merchant?.clientId ?? null,
    endpoint: 'token',
    method: request.method,
    path: '/token',
    status: reply.status,
    errorCode: errorCodeOf(reply),
    applied: reply.status === 200,
    fault: null,
    subject: null,
    remarks: [],
  });
  return responseOf(reply);
}

/** The body of a POST or the query of a GET. */
async function readRequest(request: Request, remark: (text: string) => void): Promise<unknown> {
  if (request.method === 'GET') return Object.fromEntries(new URL(request.url).searchParams);
  const text = await request.text();
  if (text.length > maxBodyCharacters) {
    throw new RequestFault(413, errorCodes.bodyTooLarge, `expected at most ${maxBodyCharacters} characters`);
  }
  const contentType = request.headers.get('content-type');
  if (contentType === null) remark('no content-type');
  else if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new RequestFault(415, errorCodes.unsupportedMediaType, 'expected application/json');
  }
  return text === '' ? {} : parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestFault(400, errorCodes.invalidRequest, 'body: expected JSON');
  }
}

function errorCodeOf({ body }: Reply): string | null {
  const { error }: { error?: unknown } = body;
  if (typeof error === 'string') return error;
  const { errorCode }: { errorCode?: unknown } = Object(error);
  return typeof errorCode === 'string' ? errorCode : null;
}
