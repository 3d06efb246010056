import { zValidator } from '@hono/zod-validator';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import type { AppContext, AppEnv } from './context.ts';
import { invalidRequest, Refusal } from './refusal.ts';

/** A question or an envelope of FacePass is below 10 KB; this leaves room for what the guide may add. */
export const PARTNER_BODY_MAX_BYTES = 64 * 1024;
/** A release of thousands of rules, or the 500 members of one upsert. */
export const ADMIN_BODY_MAX_BYTES = 1024 * 1024;
/** Nothing in the contract nests deeper than `params`; validation recurses, so depth is bounded first. */
const MAX_JSON_DEPTH = 32;

/** Refuses a body that is too large, not JSON, or nested too deeply, before anything reads it. */
export function jsonBody(maxBytes: number): MiddlewareHandler<AppEnv> {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new Refusal(413, 'BODY_TOO_LARGE', `The body may have at most ${maxBytes} bytes.`);
    },
  });
  return async (c, next) =>
    await limit(c, async () => {
      await checkJson(c);
      await next();
    });
}

async function checkJson(c: AppContext): Promise<void> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || !hasBody(c.req.raw)) return;
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.');
  }
  if (jsonDepth(await c.req.text()) > MAX_JSON_DEPTH) {
    throw new Refusal(400, 'JSON_TOO_DEEP', `JSON may nest at most ${MAX_JSON_DEPTH} levels here.`);
  }
}

/** HTTP clients send an empty body as a stream of length zero, and with it no content type. */
function hasBody(request: Request): boolean {
  return request.body !== null && request.headers.get('content-length') !== '0';
}

/** The deepest nesting of brackets outside of strings; what is not JSON at all is found by the parser. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}

/** Reads a part of the request by its schema; a misfit is a 400 with the path of every field that is wrong. */
export function read(target: 'json' | 'query' | 'param', schema: z.ZodType): MiddlewareHandler<AppEnv> {
  const validator = zValidator(target, schema, (result) => {
    if (!result.success) throw invalidRequest(result.error.issues);
  });
  // It reads nothing of the environment, which its own type leaves open.
  return validator as unknown as MiddlewareHandler<AppEnv>;
}
