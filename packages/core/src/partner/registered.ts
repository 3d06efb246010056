import * as z from 'zod';
import { responseCode } from '../contract/field-rules.ts';
import { merchantUserKeySchema } from '../contract/merchant-user-key.ts';

/** B3, told after a registration ended. It may be delivered more than once. */
export const registeredCallback = z.looseObject({
  merchantUserKey: merchantUserKeySchema,
  txId: z.string().min(1, 'must not be empty'),
  registered: z.boolean(),
});
export type RegisteredCallback = z.infer<typeof registeredCallback>;

/** The answer to B3. */
export const registeredCallbackAnswer = z.strictObject({
  message: z.string().nullish(),
  code: responseCode.nullish(),
});
export type RegisteredCallbackAnswer = z.infer<typeof registeredCallbackAnswer>;
