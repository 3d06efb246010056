import type { AppEnv } from './context.ts';
import { factory } from './context.ts';
import { Refusal } from './refusal.ts';
import { bearerToken, type TokenCheck } from './token-check.ts';

/**
 * Lets a caller in by a bearer token. The check comes from the services of the request, which throw
 * `NotConfiguredError` where no token is set: without one nobody is let in.
 */
export function bearerAuth(checkOf: (services: AppEnv['Variables']['services']) => TokenCheck) {
  return factory.createMiddleware(async (c, next) => {
    const token = bearerToken(c.req.header('authorization'));
    const accepted = await checkOf(c.get('services'))(token ?? '');
    if (token === null || !accepted) {
      c.header('www-authenticate', 'Bearer');
      throw new Refusal(401, 'UNAUTHORIZED', 'A valid bearer token is required.');
    }
    await next();
  });
}
