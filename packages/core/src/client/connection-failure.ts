import { FacePassConnectionError, type FacePassErrorContext } from '../errors.ts';

/**
 * System codes of failures before the first byte of a request was sent: name not found, nobody listening, no
 * route, no TLS. Node (undici), Bun and Deno name them; whatever is not listed may have reached FacePass.
 */
const neverReached = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EAI_NONAME',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
  'FailedToOpenSocket',
  'DNSException',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Deno carries no code; its text says "client error (Connect)" for a connection that never stood. */
const denoConnect = /client error \(Connect\)/;

const codeShape = /^[A-Za-z0-9_]{1,40}$/;

/** Turns whatever `fetch` threw into an error of ours that says whether the request may have arrived. */
export function connectionFailure(thrown: unknown, context: FacePassErrorContext): FacePassConnectionError {
  const causes = [...causesOf(thrown, 0)];
  const codes = causes.flatMap(codeOf);
  const surely =
    codes.length > 0 ? codes.every((code) => neverReached.has(code)) : causes.some(neverStoodInDeno);
  return new FacePassConnectionError({ reached: surely ? 'no' : 'unknown', systemCode: codes[0] }, context);
}

/** Causes nest a few deep; a limit keeps a cycle from hanging us. */
const MAX_DEPTH = 4;

/** What was thrown, its causes, and where several addresses were tried, the failure of each. */
function* causesOf(thrown: unknown, depth: number): Generator<object> {
  if (typeof thrown !== 'object' || thrown === null || depth > MAX_DEPTH) return;
  if ('errors' in thrown && Array.isArray(thrown.errors)) {
    // It never arrived only if no address took it: the collection's own code speaks for one of them.
    for (const inner of thrown.errors) yield* causesOf(inner, depth + 1);
  } else {
    yield thrown;
  }
  if ('cause' in thrown) yield* causesOf(thrown.cause, depth + 1);
}

function codeOf(thrown: object): string[] {
  return 'code' in thrown && typeof thrown.code === 'string' && codeShape.test(thrown.code)
    ? [thrown.code]
    : [];
}

function neverStoodInDeno(thrown: object): boolean {
  return thrown instanceof Error && denoConnect.test(thrown.message);
}
