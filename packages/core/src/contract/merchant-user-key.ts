import * as z from 'zod';

/** Reads a `merchantUserKey`: the partner's own unique id of a person, opaque text. */
export const merchantUserKeySchema = z.string().min(1, 'must not be empty').brand<'MerchantUserKey'>();

/** The partner's own unique id of a person. Personal data: it never reaches a log, an error or a metric. */
export type MerchantUserKey = z.infer<typeof merchantUserKeySchema>;

/**
 * Marks a text as a `merchantUserKey`.
 *
 * @throws ZodError when it is empty.
 * @example
 * const key = merchantUserKey('000001');
 */
export function merchantUserKey(value: string): MerchantUserKey {
  return merchantUserKeySchema.parse(value);
}
