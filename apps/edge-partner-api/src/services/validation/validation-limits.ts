import { Refusal } from '../../http/refusal.ts';

/** Keeps whoever holds FacePass's credentials from finding out who is a member by trying numbers. */
export interface ValidationLimits {
  /** One more question about this identifier. @throws Refusal 429 */
  attempt(identifier: string): Promise<void>;
  /** One more question that found nobody, or whose envelope did not open. */
  miss(kind: 'unknown' | 'rejected'): Promise<void>;
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
 * isolate's own. Envelopes that do not open are counted apart and stop nobody: they say nothing about anybody.
 */
export function createValidationLimits(
  { perIdentifier, misses }: ValidationLimiters,
  now: () => number = () => Date.now(),
): ValidationLimits {
  let pausedUntil = 0;
  return {
    async attempt(identifier) {
      const isWithin = await ask(perIdentifier, identifier);
      if (!isWithin || now() < pausedUntil) throw tooMany();
    },
    async miss(kind) {
      const isWithin = await ask(misses, kind);
      if (!isWithin && kind === 'unknown') pausedUntil = now() + PERIOD_MS;
    },
  };
}

/** Who cannot be counted is refused: a registration can wait, and numbers must not be tried without limit. */
async function ask(limiter: RateLimit | undefined, key: string): Promise<boolean> {
  if (limiter === undefined) return true;
  try {
    return (await limiter.limit({ key })).success;
  } catch {
    throw new Refusal(503, 'LIMIT_UNAVAILABLE', 'Questions cannot be counted at the moment.');
  }
}

function tooMany(): Refusal {
  return new Refusal(429, 'TOO_MANY_REQUESTS', 'Too many questions; try again in a minute.');
}
