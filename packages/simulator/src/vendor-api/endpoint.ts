import type { z } from 'zod';
import type { Merchant } from '../world/merchant.ts';
import type { JsonObject } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { EndpointName } from './endpoint-names.ts';
import { errorCodes, RequestFault } from './failures.ts';

/** One authenticated request to an endpoint. */
export interface Call {
  readonly world: World;
  readonly merchant: Merchant;
  /** The JSON body of a POST, the query of a GET. */
  readonly input: unknown;
  /** Notes what the guide does not forbid but a careful client would not do. */
  remark(text: string): void;
  /** Notes what a write is about. */
  concerns(subject: string): void;
}

export interface Endpoint {
  readonly name: EndpointName;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /**
   * @returns the `success` object
   * @throws VendorFailure for a handled refusal, RequestFault for an integration fault
   */
  handle(call: Call): JsonObject | Promise<JsonObject>;
}

/**
 * Reads the request as the guide describes it. A field that no guide names is noted, not refused: the
 * vendor asks for upward compatibility, and does no less.
 *
 * @throws RequestFault naming the field and what was expected, never what was sent
 */
export function readInput<S extends z.ZodObject>(call: Call, schema: S): z.infer<S> {
  const read = schema.safeParse(call.input);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.join('.') || 'body';
    throw new RequestFault(
      400,
      errorCodes.invalidRequest,
      `${field}: ${issue?.message ?? 'not as expected'}`,
    );
  }
  for (const field of Object.keys(Object(call.input))) {
    if (!(field in schema.shape)) call.remark(`unknown field ${field}`);
  }
  return read.data;
}
