import { type AppContext, factory } from './context.ts';
import { Refusal } from './refusal.ts';

/** Seconds after which a refused caller may try again: the period of every limit in wrangler.jsonc. */
const PERIOD_SECONDS = 60;

function tooMany(c: AppContext): Refusal {
  c.header('retry-after', String(PERIOD_SECONDS));
  return new Refusal(429, 'TOO_MANY_REQUESTS', `Too many requests; try again in ${PERIOD_SECONDS} seconds.`);
}

/**
 * Limits how often one caller may ask. Where no limit is bound, there is none. The door question is never
 * limited: FacePass is one caller, and rush hour must not lock the door.
 */
export function rateLimit(
  limiterOf: (env: AppContext['env']) => RateLimit | undefined,
  keyOf: (c: AppContext) => string,
) {
  return factory.createMiddleware(async (c, next) => {
    const { success } = (await limiterOf(c.env)?.limit({ key: keyOf(c) })) ?? { success: true };
    if (!success) throw tooMany(c);
    await next();
  });
}
