import { describeError } from '../log.ts';
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
  keyOf: (c: AppContext) => string | Promise<string>,
) {
  return factory.createMiddleware(async (c, next) => {
    const limiter = limiterOf(c.env);
    if (limiter !== undefined && !(await isWithin(limiter, await keyOf(c), c))) throw tooMany(c);
    await next();
  });
}

/** A limit that cannot be asked stops nobody who has proved who they are: a lockdown must not wait for it. */
async function isWithin(limiter: RateLimit, key: string, c: AppContext): Promise<boolean> {
  try {
    return (await limiter.limit({ key })).success;
  } catch (error) {
    c.get('log')('error', 'limit.unavailable', describeError(error));
    return true;
  }
}
