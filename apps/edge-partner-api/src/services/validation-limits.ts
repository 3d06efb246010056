import { Refusal } from '../http/refusal.ts';

/** Keeps whoever holds FacePass's credentials from finding out who is a member by trying numbers. */
export interface ValidationLimits {
  /** One more question about this identifier. @throws Refusal 429 */
  attempt(identifier: string): Promise<void>;
  /** One more question that found nobody. */
  miss(): Promise<void>;
}

/** The period of the limits in wrangler.jsonc. */
const PERIOD_MS = 60_000;

export interface ValidationLimiters {
  readonly perIdentifier: RateLimit | undefined;
  readonly misses: RateLimit | undefined;
}

/**
 * Limits questions about one person, and misses altogether: where there were too many misses, everything is
 * refused for a minute, so that hits do not stand out. Counted by Cloudflare per location; the pause is this
 * isolate's own.
 */
export function createValidationLimits(
  { perIdentifier, misses }: ValidationLimiters,
  now: () => number = () => Date.now(),
): ValidationLimits {
  let pausedUntil = 0;
  return {
    async attempt(identifier) {
      if (now() < pausedUntil) throw tooMany();
      const { success } = (await perIdentifier?.limit({ key: identifier })) ?? { success: true };
      if (!success) throw tooMany();
    },
    async miss() {
      const { success } = (await misses?.limit({ key: 'misses' })) ?? { success: true };
      if (!success) pausedUntil = now() + PERIOD_MS;
    },
  };
}

function tooMany(): Refusal {
  return new Refusal(429, 'TOO_MANY_REQUESTS', 'Too many questions; try again in a minute.');
}
