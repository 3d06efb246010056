import * as z from 'zod';

export const runsQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(20) });
export type RunsQuery = z.input<typeof runsQuery>;

/** Which hours to compare again, at most a day of them. */
export const reconcileRequest = z
  .strictObject({ from: z.number().int(), to: z.number().int() })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'expected a later instant than from' });
