import type { WireReply } from '../faults/delivery.ts';
import { newcomer } from '../world/newcomer.ts';
import type { Personality } from '../world/personality.ts';
import type { JsonObject } from '../world/records.ts';
import { RequestFault, VendorFailure } from './failures.ts';

/** An answer before it is put on the wire, so that a fault can still spoil it. */
export interface Reply {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** The guide's result envelope around a success object. */
export function successReply(success: JsonObject, personality: Personality): Reply {
  const shown = personality.unknownFields ? withUnknownFields(success) : success;
  return { status: 200, headers: {}, body: { resultType: 'SUCCESS', success: shown } };
}

export function failureReply(
  status: number,
  errorCode: string,
  reason: string,
  personality?: Personality,
): Reply {
  const error = {
    errorCode,
    reason,
    ...(personality?.deprecatedErrorFields && { errorType: 0, title: '', data: {} }),
    ...(personality?.unknownFields && newcomer),
  };
  return { status, headers: {}, body: { resultType: 'FAIL', success: null, error } };
}

/** Turns what an endpoint threw into its answer; anything else is a defect of the simulator and stays an error. */
export function replyToError(error: unknown, personality?: Personality): Reply {
  if (error instanceof VendorFailure) return failureReply(200, error.errorCode, error.message, personality);
  if (!(error instanceof RequestFault)) throw error;
  const reply = failureReply(error.status, error.errorCode, error.message, personality);
  return error.status === 401 ? { ...reply, headers: { 'www-authenticate': 'Bearer' } } : reply;
}

/** The answer as the text that goes over the wire. */
export function wireReplyOf({ status, body, headers }: Reply): WireReply {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    text: JSON.stringify(body),
    errorCode: errorCodeOf(body),
  };
}

export function responseOf(reply: Reply): Response {
  const { status, headers, text } = wireReplyOf(reply);
  return new Response(text, { status, headers });
}

/** Of FacePass's own errors, and of OAuth's. */
function errorCodeOf({ error }: { readonly error?: unknown }): string | null {
  if (typeof error === 'string') return error;
  const { errorCode }: { errorCode?: unknown } = Object(error);
  return typeof errorCode === 'string' ? errorCode : null;
}

function withUnknownFields(success: JsonObject): JsonObject {
  const entries = Object.entries(success).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map((item: unknown) => ({ ...Object(item), ...newcomer })) : value,
  ]);
  return { ...Object.fromEntries(entries), ...newcomer };
}
