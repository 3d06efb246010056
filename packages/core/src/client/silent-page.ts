import type { PageSuccess, SilentPage } from '../contract/paging.ts';
import { type FacePassErrorContext, FacePassProtocolError } from '../errors.ts';

/** How a history's server answers about a time in which nothing can lie; undefined until it was asked. */
export interface SilenceMemory {
  /** `null`: with `items`, or not at all. */
  silence?: { readonly hasMore: boolean | undefined } | null;
}

/**
 * Reads a page without `items`. It is an empty page only where the server answers just so about a time in which nothing can
 * lie: whatever else kept the rows away is no proof that there are none.
 *
 * @throws FacePassProtocolError `wrong_shape` otherwise.
 */
export async function readSilentPage(
  page: SilentPage,
  memory: SilenceMemory,
  askAboutNothing: () => Promise<PageSuccess | SilentPage | null>,
  context: FacePassErrorContext,
): Promise<PageSuccess> {
  if (memory.silence === undefined) {
    const answer = await askAboutNothing();
    memory.silence = answer !== null && isSilent(answer) ? { hasMore: answer.hasMore } : null;
  }
  if (memory.silence === null || memory.silence.hasMore !== page.hasMore) {
    const expected = 'a list; FacePass leaves it out here, and not only where nothing can lie';
    throw new FacePassProtocolError({ problem: 'wrong_shape', path: 'success.items', expected }, context);
  }
  return { ...page, items: [] };
}

export function isSilent(page: PageSuccess | SilentPage): page is SilentPage {
  return page.items === undefined;
}
