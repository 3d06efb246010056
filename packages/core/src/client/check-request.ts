import type * as z from 'zod';
import { FacePassRequestError } from '../errors.ts';

/** Checks a body against the contract before it is sent. @throws FacePassRequestError naming field and rule. */
export function checkRequest<Schema extends z.ZodType>(
  endpoint: { readonly method: string; readonly path: string },
  schema: Schema,
  body: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    problem: message,
  }));
  throw new FacePassRequestError(issues, { endpoint: `${endpoint.method} ${endpoint.path}` });
}
