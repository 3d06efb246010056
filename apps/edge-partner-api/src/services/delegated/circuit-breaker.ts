/** Stops asking somebody who does not answer, and tries again with one question at a time. */
export interface CircuitBreaker {
  /** Whether a question may be asked now; each one must be followed by `succeeded` or `failed`. */
  admits(): boolean;
  succeeded(): void;
  failed(): void;
}

export interface CircuitBreakerOptions {
  /** Failures in a row that open it. */
  readonly failuresToOpen: number;
  /** How long it stays open before one question tries whether it may close. */
  readonly openMs: number;
  readonly now: () => number;
}

export function createCircuitBreaker({ failuresToOpen, openMs, now }: CircuitBreakerOptions): CircuitBreaker {
  let failures = 0;
  let opensUntil = 0;
  return {
    admits() {
      if (failures < failuresToOpen) return true;
      if (now() < opensUntil) return false;
      // This question is the trial; whoever comes meanwhile finds it open. A trial that is never ended is one more failure.
      opensUntil = now() + openMs;
      return true;
    },
    succeeded() {
      failures = 0;
    },
    failed() {
      failures += 1;
      opensUntil = now() + openMs;
    },
  };
}
