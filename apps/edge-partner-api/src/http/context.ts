import type { Context, MiddlewareHandler } from 'hono';
import type { Bindings } from '../env.ts';
import type { Log } from '../log.ts';
import type { DoorAnswer } from '../services/access-service.ts';
import type { Services } from '../services/services.ts';
import type { Principal } from './admin-role.ts';

export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    requestId: string;
    /** The answer has the request's id in its headers already. */
    isNamed: boolean | undefined;
    /** The pattern of the route that answers. */
    route: string | undefined;
    /** Set by takeJsonBody, where there is a body. */
    bodyText: string | undefined;
    log: Log;
    services: Services;
    /** Set by adminAuth. */
    principal: Principal | undefined;
    /** The member whose app calls; set by brokerAuth. Never logged. */
    bearer: string;
    /** For the audit trail: what is done, to what, and why. */
    action: string | undefined;
    subject: string | undefined;
    reason: string | undefined;
    /** A word for the request's log line: the reason of a decision, the code of a refusal. */
    outcome: string;
    /** What a door was answered. */
    verified: boolean | undefined;
    /** Where a question at a door was asked, and what was waited for. */
    door: Pick<DoorAnswer, 'site' | 'memberMs' | 'guardMs'> | undefined;
  };
}

export type AppContext = Context<AppEnv>;

/** Types middleware for this app's environment. Hono's own factory would bring its other routers along. */
export const factory = {
  createMiddleware: (middleware: MiddlewareHandler<AppEnv>): MiddlewareHandler<AppEnv> => middleware,
};
