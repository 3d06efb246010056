import type { Sleep } from '../world/world.ts';
import type { Fault } from './fault.ts';

/** An answer as text, ready for the wire. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The errorCode in it, if any: for the request log, not for the wire. */
  readonly errorCode: string | null;
}

/** What this package needs of the connection a request came by; each runtime can do less or more to it. */
export interface Connection {
  /**
   * Breaks the connection, after status, headers and this text where `sent` is given.
   *
   * @throws where a broken connection shows as an exception, as it does for a caller in this process
   */
  reset(sent: WireReply | null): Response;
  /** Whether a body that fails half-way reaches the caller as an error, and not some log. */
  readonly bodyErrorsReachCaller: boolean;
}

export interface DeliveryParts {
  readonly connection: Connection;
  readonly sleep: Sleep;
  /** The caller's patience. */
  readonly signal: AbortSignal;
}

/** Puts an answer on the wire the way a fault would have it. */
export async function deliver(
  reply: WireReply,
  fault: Fault | undefined,
  parts: DeliveryParts,
): Promise<Response> {
  switch (fault?.kind) {
    case 'reset':
      return parts.connection.reset(fault.when === 'mid-body' ? { ...reply, text: half(reply.text) } : null);
    case 'slow-headers':
      await parts.sleep(fault.delayMs, parts.signal);
      return whole(reply);
    case 'slow-body':
      return slowly(reply, fault.delayMs, parts);
    case 'truncated-json':
      return whole({ ...reply, text: half(reply.text) });
    default:
      return whole(reply);
  }
}

function whole({ status, headers, text }: WireReply): Response {
  return new Response(text === '' ? null : text, { status, headers });
}

function slowly({ status, headers, text }: WireReply, delayMs: number, parts: DeliveryParts): Response {
  const { sleep, signal, connection } = parts;
  const encoder = new TextEncoder();
  const begun = half(text);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(begun)),
    pull: async (controller) => {
      try {
        await sleep(delayMs, signal);
        controller.enqueue(encoder.encode(text.slice(begun.length)));
        controller.close();
      } catch (reason) {
        if (connection.bodyErrorsReachCaller) controller.error(reason);
        else controller.close();
      }
    },
  });
  return new Response(body, { status, headers });
}

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}
