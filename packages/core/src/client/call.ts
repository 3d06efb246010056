/** What came with an answer, for logs, support requests and metrics. */
export interface ResponseInfo {
  readonly status: number;
  readonly headers: Headers;
  /** The request id FacePass answered with, where it did. */
  readonly requestId?: string;
  /** HTTP attempts made, the last one included. */
  readonly attempts: number;
  readonly startedAtMs: number;
  readonly timings: CallTimings;
}

/** Where a call's time went, in milliseconds. */
export interface CallTimings {
  /** From the call to the answer. */
  readonly totalMs: number;
  /** Spent on the access token: next to nothing when one was at hand. */
  readonly tokenMs: number;
  /** Spent waiting, before retries and for the rate limit. */
  readonly waitMs: number;
  /** Each attempt's own time. */
  readonly attemptsMs: readonly number[];
}

export interface CallResult<T> {
  readonly data: T;
  readonly response: ResponseInfo;
}

/** A promise of the answer's data that can also give the response it came with. */
export interface FacePassCall<T> extends Promise<T> {
  /**
   * @example
   * const { data, response } = await client.registrations.status('000001').withResponse();
   */
  withResponse(): Promise<CallResult<T>>;
}

export function startCall<T>(run: () => Promise<CallResult<T>>): FacePassCall<T> {
  const result = run();
  const data = result.then((settled) => settled.data);
  return Object.assign(data, {
    withResponse: () => {
      // Whoever asks for the response handles the failure there; it must not also count as unhandled here.
      data.catch(() => undefined);
      return result;
    },
  });
}
