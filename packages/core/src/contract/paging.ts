import * as z from 'zod';
import { maybe, readId } from './lenient.ts';

/**
 * A page of any of the three lists. Rows stay unknown here and are read one by one, so that a bad row
 * is set aside without losing its page. `hasMore` and `size` contradict the guide's own samples: they are
 * reported, never relied on. `null` for `items` is an empty page; a page without them is none.
 */
export const pageSuccess = z.looseObject({
  items: z.preprocess((items) => (items === null ? [] : items), z.array(z.unknown())),
  hasMore: maybe(z.boolean()),
  size: maybe(z.number()),
  nextCursor: maybe(z.union([readId, z.literal('').transform(() => undefined)])),
});
export type PageSuccess = z.infer<typeof pageSuccess>;
