import type { UnreadSpan } from './walk/walk-state.ts';

/**
 * Every failure of the client. What is inside: what happened, where, and what to do. What is not: bodies,
 * tokens, ciphertexts, personal data. Underlying errors are not attached, since a runtime or a custom `fetch`
 * may put any of that into theirs.
 */
export type FacePassErrorCode =
  | 'api_error'
  | 'http_error'
  | 'protocol_error'
  | 'timeout'
  | 'connection_error'
  | 'aborted'
  | 'auth_error'
  | 'invalid_request'
  | 'incomplete_list'
  | 'invalid_option';

/** Where and how far a call got when it failed. */
export interface FacePassErrorContext {
  /** Method and path, without the query: `POST /api/v1/merchant/face-unregister`. */
  readonly endpoint?: string | undefined;
  /** HTTP attempts made, the failed one included. */
  readonly attempts?: number | undefined;
  /** The request id FacePass answered with, where it did. */
  readonly requestId?: string | undefined;
}

/** The root of the family; `code` is stable and safe to switch on. */
export abstract class FacePassError extends Error {
  abstract readonly code: FacePassErrorCode;
  readonly endpoint?: string;
  readonly attempts?: number;
  readonly requestId?: string;

  constructor(message: string, context: FacePassErrorContext = {}) {
    super(message);
    this.name = new.target.name;
    if (context.endpoint !== undefined) this.endpoint = context.endpoint;
    if (context.attempts !== undefined) this.attempts = context.attempts;
    if (context.requestId !== undefined) this.requestId = context.requestId;
  }
}

/** A code as FacePass writes them; anything else might be prose with a person in it, or a phone number. */
const codeShape = /^(?!.*\d{8})[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;
const shownCode = (code: string): string => (codeShape.test(code) ? code : '(unprintable code)');

/**
 * FacePass handled the request and refused it: `resultType: "FAIL"` inside an HTTP 200.
 * `errorCode` is for switching on. `reason` is FacePass's own sentence; it may quote what was sent, so it can be
 * read but shows up in no log, JSON or stack. So does an `errorCode` that does not look like a code.
 */
export class FacePassApiError extends FacePassError {
  readonly code = 'api_error';
  readonly #errorCode: string;
  readonly #reason: string;

  constructor(
    failure: { errorCode: string; reason?: string | undefined },
    context: FacePassErrorContext = {},
  ) {
    const { errorCode, reason = '' } = failure;
    super(`FacePass refused ${context.endpoint ?? 'the request'}: ${shownCode(errorCode)}.`, context);
    this.#errorCode = errorCode;
    this.#reason = reason;
    if (codeShape.test(errorCode)) {
      Object.defineProperty(this, 'errorCode', { value: errorCode, enumerable: true });
    }
  }

  get errorCode(): string {
    return this.#errorCode;
  }

  get reason(): string {
    return this.#reason;
  }
}

/** An HTTP status other than 2xx: an integration or server fault. */
export class FacePassHttpError extends FacePassError {
  readonly code = 'http_error';
  readonly status: number;
  /** How long FacePass asked to wait, in milliseconds, where it did. */
  readonly retryAfterMs?: number;
  /** The `errorCode` of the answer, where its body was a FacePass refusal. */
  readonly errorCode?: string;

  constructor(
    failure: { status: number; retryAfterMs?: number | undefined; errorCode?: string | undefined },
    context: FacePassErrorContext = {},
  ) {
    const { status, retryAfterMs, errorCode } = failure;
    const named = errorCode !== undefined && codeShape.test(errorCode) ? errorCode : undefined;
    super(
      `FacePass answered ${context.endpoint ?? 'the request'} with HTTP ${status}${named ? ` (${named})` : ''}.`,
      context,
    );
    this.status = status;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    if (named !== undefined) this.errorCode = named;
  }
}

export type ProtocolProblem = 'not_json' | 'truncated' | 'too_large' | 'wrong_shape';

const protocolText: Record<ProtocolProblem, string> = {
  not_json: 'is not JSON',
  truncated: 'ended before it was complete',
  too_large: 'is larger than maxResponseBytes',
  wrong_shape: 'does not have the shape of the contract',
};

/** An answer that cannot be read: not JSON, cut off, oversized, or lacking what the call was made for. */
export class FacePassProtocolError extends FacePassError {
  readonly code = 'protocol_error';
  readonly problem: ProtocolProblem;
  /** Where in the answer, for `wrong_shape`: `success.token`. */
  readonly path?: string;

  constructor(
    failure: { problem: ProtocolProblem; path?: string | undefined; expected?: string | undefined },
    context: FacePassErrorContext = {},
  ) {
    const at = failure.path ? ` at ${failure.path}` : '';
    const expected = failure.expected ? `: expected ${failure.expected}` : '';
    super(
      `The answer to ${context.endpoint ?? 'the request'} ${protocolText[failure.problem]}${at}${expected}.`,
      context,
    );
    this.problem = failure.problem;
    if (failure.path !== undefined) this.path = failure.path;
  }
}

/** A wait was over: one attempt's (`attempt`) or the whole call's (`deadline`). */
export class FacePassTimeoutError extends FacePassError {
  readonly code = 'timeout';
  readonly limit: 'attempt' | 'deadline';
  readonly timeoutMs: number;

  constructor(
    failure: { limit: 'attempt' | 'deadline'; timeoutMs: number },
    context: FacePassErrorContext = {},
  ) {
    const which = failure.limit === 'attempt' ? 'timeoutMs' : 'deadlineMs';
    super(
      `No complete answer to ${context.endpoint ?? 'the request'} within ${failure.timeoutMs} ms (${which}).`,
      context,
    );
    this.limit = failure.limit;
    this.timeoutMs = failure.timeoutMs;
  }
}

/** The connection failed. `reached` says whether FacePass may have seen the request. */
export class FacePassConnectionError extends FacePassError {
  readonly code = 'connection_error';
  readonly reached: 'no' | 'unknown';
  /** The system's name for it, where it gave one: `ECONNREFUSED`. */
  readonly systemCode?: string;

  constructor(
    failure: { reached: 'no' | 'unknown'; systemCode?: string | undefined },
    context: FacePassErrorContext = {},
  ) {
    const system = failure.systemCode ? ` (${failure.systemCode})` : '';
    const known =
      failure.reached === 'no'
        ? 'The request never reached FacePass.'
        : 'FacePass may have seen the request.';
    super(`The connection for ${context.endpoint ?? 'the request'} failed${system}. ${known}`, context);
    this.reached = failure.reached;
    if (failure.systemCode !== undefined) this.systemCode = failure.systemCode;
  }
}

/** The caller's `signal` fired. `name` is `AbortError`, as elsewhere on the platform. */
export class FacePassAbortedError extends FacePassError {
  readonly code = 'aborted';

  constructor(context: FacePassErrorContext = {}) {
    super(`${context.endpoint ?? 'The request'} was aborted by its signal.`, context);
    this.name = 'AbortError';
  }
}

/** No usable access token: the token endpoint refused, or FacePass refused a fresh token (HTTP 401). */
export class FacePassAuthError extends FacePassError {
  readonly code = 'auth_error';
  readonly status?: number;
  /** RFC 6749 §5.2: `invalid_client`, `invalid_scope`, … */
  readonly oauthError?: string;

  constructor(
    failure: { message: string; status?: number | undefined; oauthError?: string | undefined },
    context: FacePassErrorContext = {},
  ) {
    super(failure.message, context);
    if (failure.status !== undefined) this.status = failure.status;
    if (failure.oauthError !== undefined && codeShape.test(failure.oauthError)) {
      this.oauthError = failure.oauthError;
    }
  }
}

/**
 * A list ended without proof that everything was read: cursors led nowhere and the range could not be cut finer.
 * What came before is good; the list must not be taken for complete.
 */
export class FacePassIncompleteError extends FacePassError {
  readonly code = 'incomplete_list';
  readonly unread: readonly UnreadSpan[];

  constructor(unread: readonly UnreadSpan[], context: FacePassErrorContext = {}) {
    const reasons = [...new Set(unread.map(({ reason }) => reason))].join(', ');
    super(
      `${context.endpoint ?? 'The list'} could not be read to its end (${unread.length} part(s): ${reasons}). Ask for a shorter range.`,
      context,
    );
    this.unread = unread;
  }
}

/** What one field of a request got wrong; never its value. */
export interface RequestIssue {
  readonly path: string;
  readonly problem: string;
}

/** The request breaks a rule of the contract and was not sent. */
export class FacePassRequestError extends FacePassError {
  readonly code = 'invalid_request';
  readonly issues: readonly RequestIssue[];

  constructor(issues: readonly RequestIssue[], context: FacePassErrorContext = {}) {
    const list = issues.map(({ path, problem }) => `${path || '(request)'}: ${problem}`).join('; ');
    super(`${context.endpoint ?? 'The request'} was not sent: ${list}.`, context);
    this.issues = issues;
  }
}

/** An option of the client that cannot work. */
export class FacePassOptionError extends FacePassError {
  readonly code = 'invalid_option';
  readonly option: string;

  constructor(option: string, problem: string) {
    super(`Option ${option}: ${problem}.`);
    this.option = option;
  }
}
