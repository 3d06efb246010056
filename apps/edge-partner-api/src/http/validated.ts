import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { type AppContext, type AppEnv, factory } from './context.ts';
import { invalidRequest, Refusal } from './refusal.ts';

/** A part of a request, as Hono names it. */
export type Target = 'param' | 'query' | 'json';

/**
 * Reads a part of the request by its schema, for `c.req.valid(target)`; a misfit is a 400 with the path of every field
 * that is wrong.
 */
export function validated(target: Target, schema: z.ZodType): MiddlewareHandler<AppEnv> {
  const validator = zValidator(target, schema, (result) => {
    if (!result.success) throw invalidRequest(result.error.issues);
  });
  return factory.createMiddleware(async (c, next) => {
    // Read before, within its bounds. A promise, as where Hono reads a body itself.
    if (target === 'json') c.req.bodyCache.json = Promise.resolve(bodyOf(c));
    // It reads nothing of the environment, which its own type leaves open.
    return await (validator as unknown as MiddlewareHandler<AppEnv>)(c, next);
  });
}

/**
 * The same at once, for the question that is asked at every door: a body that the schema would let through unchanged is
 * not shown to it, which costs many times what looking does.
 */
export function readUsual<S extends z.ZodType>(
  c: AppContext,
  schema: S,
  isUsual: (value: unknown) => value is z.output<S>,
): z.output<S> {
  const body = bodyOf(c);
  return isUsual(body) ? body : readAt(body, schema);
}

/** @throws Refusal */
export function readAt<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(result.error.issues);
  return result.data;
}

/** No body is an empty object. @throws Refusal */
function bodyOf(c: AppContext): unknown {
  try {
    return JSON.parse(c.get('bodyText') ?? '{}');
  } catch {
    throw new Refusal(400, 'MALFORMED_JSON', 'The body is not JSON.');
  }
}
