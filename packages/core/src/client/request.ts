import * as z from 'zod';
import type { Safety } from '../contract/endpoints.ts';
import { FacePassRequestError } from '../errors.ts';
import { type FacePassCall, startCall } from './call.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';

export interface RequestOptions<Success extends z.ZodType> extends CallOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON, not with GET. Personal data belongs here and not into the path, which errors and events name. */
  readonly body?: unknown;
  /** What the answer's `success` must look like. Default: anything. */
  readonly schema?: Success | undefined;
  /** Whether it may be repeated. Default: `read` for GET, `once` for the rest. */
  readonly safety?: Safety | undefined;
}

/**
 * Calls any endpoint that speaks FacePass's envelope, with the client's token, retries, limits and errors.
 *
 * @throws FacePassRequestError for a path that is none or a GET with a body, and what every call throws.
 * @example
 * const { devices } = await client.request('GET', '/api/v2/merchant/device', {
 *   query: { size: 10 },
 *   schema: z.looseObject({ devices: z.array(z.unknown()) }),
 * });
 */
export type RequestAnything = <Success extends z.ZodType = z.ZodUnknown>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: `/${string}`,
  options?: RequestOptions<Success>,
) => FacePassCall<z.output<Success>>;

export function createRequest(transport: Transport): RequestAnything {
  return (method, path, options = {}) =>
    startCall(async () => {
      const { query, body, schema, safety, ...callOptions } = options;
      if (!/^\/[^?#]*$/.test(path)) {
        throw new FacePassRequestError([{ path: 'path', problem: 'must begin with / and hold no query' }]);
      }
      if (method === 'GET' && body !== undefined) {
        throw new FacePassRequestError([{ path: 'body', problem: 'is not sent with GET; use query' }]);
      }
      const endpoint = { method, path, safety: safety ?? (method === 'GET' ? 'read' : 'once') };
      if (schema !== undefined)
        return transport.send({ endpoint, query, body, success: schema }, callOptions);
      const { data, response } = await transport.send(
        { endpoint, query, body, success: z.unknown() },
        callOptions,
      );
      // Without a schema `Success` is its default, whose output is unknown.
      return { data: data as z.output<never>, response };
    });
}
