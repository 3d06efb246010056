import * as z from 'zod';
import { maybe, readId } from './lenient.ts';

/**
 * A page of any of the three lists. Rows stay unknown here and are read one by one, so that a bad row
 * is set aside without losing its page. `hasMore` and `size` contradict the guide's own samples: they are
 * reported, never relied on. `null` for `items` is an empty page; a page without them is none, but see below.
 */
export const pageSuccess = z.looseObject({
  items: z.preprocess((items) => (items === null ? [] : items), z.array(z.unknown())),
  hasMore: maybe(z.boolean()),
  size: maybe(z.number()),
  nextCursor: maybe(z.union([readId, z.literal('').transform(() => undefined)])),
});
export type PageSuccess = z.infer<typeof pageSuccess>;

/** What is left of a page by a server that leaves out empty lists. Anything else in it might be the rows by another name. */
const silentPage = z
  .strictObject({
    items: z.undefined().optional(),
    hasMore: maybe(z.boolean()),
    size: maybe(z.number()),
    nextCursor: maybe(z.literal('').transform(() => undefined)),
  })
  .refine(({ hasMore, size }) => hasMore !== undefined || size !== undefined);
export type SilentPage = z.infer<typeof silentPage>;

/** A page of a history, or one without `items`, which may be an empty one. */
export const historyPage = z.transform((given: unknown, context): PageSuccess | SilentPage => {
  const page = pageSuccess.safeParse(given);
  if (page.success) return page.data;
  const silent = silentPage.safeParse(given);
  if (silent.success) return silent.data;
  for (const issue of page.error.issues) context.addIssue({ ...issue });
  return z.NEVER;
});
