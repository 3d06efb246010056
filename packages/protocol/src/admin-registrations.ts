import * as z from 'zod';

/** What came after `after`, the last event that is known. */
export const registrationsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
