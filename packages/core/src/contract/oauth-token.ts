import * as z from 'zod';
import { maybe } from './lenient.ts';

/** What goes into a header as it is (RFC 6750 §2.1): visible ASCII. */
export const accessTokenText = z.string().regex(/^[\x21-\x7e]+$/);

/** The token endpoint's answer (RFC 6749 §5.1). `expires_in` is in seconds and may be missing. */
export const accessTokenAnswer = z.looseObject({
  access_token: accessTokenText,
  token_type: maybe(z.string()),
  expires_in: maybe(z.coerce.number().nonnegative()),
  scope: maybe(z.string()),
});
export type AccessTokenAnswer = z.infer<typeof accessTokenAnswer>;

/** The token endpoint's refusal (RFC 6749 §5.2). */
export const accessTokenRefusal = z.looseObject({
  error: z.string(),
  error_description: maybe(z.string()),
});
export type AccessTokenRefusal = z.infer<typeof accessTokenRefusal>;
