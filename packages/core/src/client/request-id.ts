/** The names under which servers and gateways return a request's id; the first one present counts. */
const requestIdHeaders = ['x-request-id', 'x-correlation-id', 'x-amzn-trace-id', 'cf-ray'];

/** Anything else in such a header is not an id and may be anything. */
const requestIdShape = /^[A-Za-z0-9_.:=;-]{1,128}$/;

export function requestIdOf(headers: Headers): string | undefined {
  for (const name of requestIdHeaders) {
    const value = headers.get(name);
    if (value !== null && requestIdShape.test(value)) return value;
  }
  return undefined;
}
