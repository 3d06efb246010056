import { type Connection, deliver } from '../faults/delivery.ts';
import type { Fault } from '../faults/fault.ts';
import { faultyReply, stillApplies } from '../faults/faulty-reply.ts';
import { inProcessConnection } from '../faults/in-process-connection.ts';
import { disturbWorld, spoilPage } from '../faults/spoil-page.ts';
import { uuid } from '../world/ids.ts';
import type { Merchant } from '../world/merchant.ts';
import { settleAudits } from '../world/registrations.ts';
import type { World } from '../world/world.ts';
import { authenticate } from './access-token.ts';
import type { Endpoint } from './endpoint.ts';
import { errorCodes, RequestFault } from './failures.ts';
import { readRequest } from './read-request.ts';
import { type Reply, replyToError, successReply } from './reply.ts';
import { answerTokenRequest, readTokenRequest } from './token-endpoint.ts';

/** One HTTP request and the way back to whoever sent it. */
export interface Exchange {
  readonly request: Request;
  /** Default: a caller in this process. */
  readonly connection: Connection | undefined;
}

/** Answers one request to one of the fifteen endpoints. */
export async function serveEndpoint(world: World, endpoint: Endpoint, exchange: Exchange): Promise<Response> {
  const caller = authenticate(world, exchange.request.headers.get('authorization'));
  if (caller === undefined) {
    return answer(world, exchange, endpoint, undefined, undefined, async () =>
      replyToError(notAuthenticated()),
    );
  }
  const { merchant, token } = caller;
  const fault = merchant.faultPicker.pick(endpoint.name);
  if (fault?.kind === 'expired-token') world.tokens.delete(token.token);
  return answer(world, exchange, endpoint, merchant, fault, (note) =>
    perform(world, merchant, endpoint, exchange.request, fault, note),
  );
}

/** Answers one request for an access token. */
export async function serveToken(world: World, exchange: Exchange): Promise<Response> {
  const tokenRequest = await readTokenRequest(world, exchange.request);
  const { merchant } = tokenRequest;
  const fault = merchant?.faultPicker.pick('token');
  return answer(world, exchange, tokenEndpoint, merchant, fault, async (note) => {
    const reply = answerTokenRequest(world, tokenRequest);
    note.applied = reply.status === 200;
    return reply;
  });
}

const tokenEndpoint = { name: 'token', path: '/token' } as const;

function notAuthenticated(): RequestFault {
  return new RequestFault(401, errorCodes.unauthorized, 'expected a valid access token as Bearer');
}

/** What is noted about a request while it is handled. */
interface Note {
  applied: boolean;
  subject: string | null;
  readonly remarks: string[];
}

/** Does what was asked, and what a fault does to the content. */
async function perform(
  world: World,
  merchant: Merchant,
  endpoint: Endpoint,
  request: Request,
  fault: Fault | undefined,
  note: Note,
): Promise<Reply> {
  try {
    settleAudits(world, merchant);
    const remark = (text: string) => note.remarks.push(text);
    const input = await readRequest(request, remark);
    const concerns = (subject: string) => {
      note.subject = subject;
    };
    const success = await endpoint.handle({ world, merchant, input, remark, concerns });
    note.applied = true;
    disturbWorld(world, merchant, endpoint.name, fault);
    return spoilPage(successReply(success, merchant.personality), fault, input);
  } catch (error) {
    return replyToError(error, merchant.personality);
  }
}

/** Answers properly, or as the fault has it; notes the request either way. */
async function answer(
  world: World,
  { request, connection = inProcessConnection }: Exchange,
  { name, path }: { readonly name: string; readonly path: string },
  merchant: Merchant | undefined,
  fault: Fault | undefined,
  handle: (note: Note) => Promise<Reply>,
): Promise<Response> {
  const note: Note = { applied: false, subject: null, remarks: [] };
  const proper = fault === undefined || stillApplies(fault) ? await handle(note) : undefined;
  const faulty = faultyReply(fault, proper, merchant?.personality, world.nowMs());
  const requestId = uuid(world.parts.random);
  // The guide names no such header; gateways of this kind commonly have one.
  const reply = { ...faulty, headers: { ...faulty.headers, 'x-request-id': requestId } };
  world.requests.add({
    requestId,
    atMs: world.nowMs(),
    clientId: merchant?.clientId ?? null,
    endpoint: name,
    method: request.method,
    path,
    status: reply.status,
    errorCode: reply.errorCode,
    fault: fault?.kind ?? null,
    ...note,
  });
  return deliver(reply, fault, { connection, sleep: world.parts.sleep, signal: request.signal });
}
