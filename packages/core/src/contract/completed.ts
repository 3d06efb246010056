import * as z from 'zod';
import { doneFlag } from './lenient.ts';

/**
 * An answer that says only whether it was done. The guide does not explain `completed: false` inside a
 * SUCCESS; it and a missing `completed` both read as `false`, and a caller treats that as not done.
 */
export const completedSuccess = z.looseObject({ completed: doneFlag });
export type CompletedSuccess = z.infer<typeof completedSuccess>;

/** For answers that carry something only when done: a missing or `null` `completed` becomes `false`. */
export function withCompleted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return 'completed' in value && value.completed != null ? value : { ...value, completed: false };
}
