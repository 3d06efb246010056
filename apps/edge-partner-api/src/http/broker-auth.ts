import { NotConfiguredError, type Settings } from '../env.ts';
import { type AppContext, factory } from './context.ts';
import { createJwtCheck } from './jwt-check.ts';
import { unauthorized } from './partner-auth.ts';
import { bearerToken } from './token-check.ts';

/** Which member the bearer of a token is, or null. */
export type BrokerAuth = (c: AppContext) => Promise<string | null>;

/** The partner's own apps come with the JWT their people signed in with; one claim is the `merchantUserKey`. */
export function createBrokerAuth({ BROKER_JWT }: Settings): BrokerAuth {
  if (BROKER_JWT === undefined) {
    return async () => {
      throw new NotConfiguredError('BROKER_JWT');
    };
  }
  const check = createJwtCheck(BROKER_JWT);
  const { claim } = BROKER_JWT;
  return async (c) => {
    const token = bearerToken(c.req.header('authorization'));
    const key = token === null ? undefined : (await check(token, c))?.[claim];
    return typeof key === 'string' && key !== '' ? key : null;
  };
}

/** Lets members in, and remembers who it is. */
export const brokerAuth = factory.createMiddleware(async (c, next) => {
  const merchantUserKey = await c.get('services').brokerAuth(c);
  if (merchantUserKey === null) throw unauthorized(c);
  c.set('bearer', merchantUserKey);
  await next();
});
