import type { Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { type AdminRole, hasRole } from './admin-role.ts';
import { type AppContext, type AppEnv, factory } from './context.ts';
import { Refusal } from './refusal.ts';
import { readAt, readUsual, type Target, validated } from './validated.ts';

/** Who may call a route. `admin` names the least role. */
export type Access = 'public' | 'partner' | { readonly admin: AdminRole } | 'broker';

/** What a deployment may not use, and then answers 404. */
export type Feature = 'validate' | 'registered' | 'broker';

export interface RouteAnswer {
  readonly description: string;
  /** Absent, and no files: no body. */
  readonly schema?: z.ZodType;
  /** Media types of text that is read as a file, instead of JSON or where it is asked for. */
  readonly files?: readonly string[];
}

declare global {
  /**
   * True in the bundle (wrangler.jsonc), which the API document is no part of: it is made when the Worker is built. The
   * bundler reads it before it looks at what is used, so that schemas only the document names are left out as well.
   */
  var WITHOUT_DOCS: true | undefined;
}

/** What the API document says of an endpoint, beyond what it takes and who may call it. */
export interface RouteDocs {
  readonly summary: string;
  readonly description?: string;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** What the entity tag in `If-Match` names, where the endpoint heeds one and answers with the `ETag` of what is there then. */
  readonly ifMatch?: string;
}

/** One endpoint: what it takes, what it answers, who may call it. The API document is generated from this. */
export interface RouteSpec<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly access: Access;
  readonly feature?: Feature;
  /** In an emergency nobody is told to come back in a minute because a program of theirs asked too often: no limit. */
  readonly isUrgent?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Of bodies that `body` lets through unchanged, for a route that is asked so often that asking the schema counts. */
  readonly usualBody?: (body: unknown) => body is z.output<B>;
  /** The media types of a body that is read as a stream, instead of `body`. */
  readonly upload?: readonly string[];
  /** Absent in the bundle: see `WITHOUT_DOCS`. */
  readonly docs: RouteDocs | undefined;
  readonly handle: (
    c: AppContext,
    input: { readonly params: z.output<P>; readonly query: z.output<Q>; readonly body: z.output<B> },
  ) => Response | Promise<Response>;
}

export interface Route {
  readonly spec: RouteSpec;
  readonly mount: (app: Hono<AppEnv>) => void;
}

/** Declares an endpoint. A file in `routes/` that is read alone tells everything about it. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  spec: RouteSpec<P, Q, B>,
): Route {
  const { method, path } = spec;
  const steps = validators(spec);
  const enter = (c: AppContext): void => {
    c.set('route', path);
    refuseUnlessAllowed(c, spec);
  };
  const gate = factory.createMiddleware(async (c, next) => {
    enter(c);
    await next();
  });
  const handler = factory.createMiddleware(async (c) => {
    if (steps.length === 0) enter(c);
    // A part that is not declared has no type a handler could ask for.
    return await spec.handle(c, input(c, spec) as Parameters<typeof spec.handle>[1]);
  });
  return {
    // Only the handler's input is narrower than the general type says, and only `mount` calls it.
    spec: spec as unknown as RouteSpec,
    mount(app) {
      app.on(method.toUpperCase(), [path], ...(steps.length === 0 ? [] : [gate, ...steps]), handler);
    },
  };
}

type Parts = Pick<RouteSpec, 'params' | 'query' | 'body' | 'usualBody'>;

/** What stands before a handler. The question asked at every door has none: each is another step to wait for. */
function validators({ params, query, body, usualBody }: Parts): MiddlewareHandler<AppEnv>[] {
  if (usualBody !== undefined) return [];
  return [
    ...(params === undefined ? [] : [validated('param', params)]),
    ...(query === undefined ? [] : [validated('query', query)]),
    ...(body === undefined ? [] : [validated('json', body)]),
  ];
}

function input(c: AppContext, { params, query, body, usualBody }: Parts) {
  if (usualBody !== undefined && body !== undefined) {
    return {
      params: params && readAt(c.req.param(), params),
      query: undefined,
      body: readUsual(c, body, usualBody),
    };
  }
  // Validated just before; Hono's types do not reach through the loop that mounts.
  const valid = (target: Target): unknown => c.req.valid(target as never);
  return {
    params: params && valid('param'),
    query: query && valid('query'),
    body: body && valid('json'),
  };
}

/** Mounts routes, and answers other methods on their paths with what would be allowed (RFC 9110 §15.5.6). */
export function mountRoutes(app: Hono<AppEnv>, routes: readonly Route[]): void {
  for (const { mount } of routes) mount(app);
  const paths = new Map<string, string[]>();
  for (const { spec } of routes) {
    paths.set(spec.path, [...(paths.get(spec.path) ?? []), spec.method.toUpperCase()]);
  }
  for (const [path, methods] of paths) {
    app.all(path, (c) => {
      c.header('allow', methods.join(', '));
      throw new Refusal(405, 'METHOD_NOT_ALLOWED', `This address takes ${methods.join(', ')}.`);
    });
  }
}

function refuseUnlessAllowed(
  c: AppContext,
  { access, feature }: Pick<RouteSpec, 'access' | 'feature'>,
): void {
  if (feature !== undefined && c.get('services').switchedOff.has(feature)) {
    throw new Refusal(404, 'NOT_FOUND', 'There is no such route.');
  }
  if (typeof access === 'object' && !hasRole(c.get('principal'), access.admin)) {
    throw new Refusal(403, 'FORBIDDEN', `This needs the role ${access.admin}.`);
  }
}
