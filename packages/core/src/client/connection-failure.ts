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
  const codes = [...systemCodes(thrown, 0)];
  const surely =
    (codes.length > 0 && codes.every((code) => neverReached.has(code))) ||
    (codes.length === 0 && thrown instanceof Error && denoConnect.test(thrown.message));
  return new FacePassConnectionError({ reached: surely ? 'no' : 'unknown', systemCode: codes[0] }, context);
}

/** Causes nest a few deep; a limit keeps a cycle from hanging us. */
const MAX_DEPTH = 4;

function* systemCodes(thrown: unknown, depth: number): Generator<string> {
  if (typeof thrown !== 'object' || thrown === null || depth > MAX_DEPTH) return;
  if ('errors' in thrown && Array.isArray(thrown.errors)) {
    // One address after the other was tried: it never arrived only if none did.
    for (const inner of thrown.errors) yield* systemCodes(inner, depth + 1);
  } else if ('code' in thrown && typeof thrown.code === 'string' && codeShape.test(thrown.code)) {
    yield thrown.code;
  }
  if ('cause' in thrown) yield* systemCodes(thrown.cause, depth + 1);
}
