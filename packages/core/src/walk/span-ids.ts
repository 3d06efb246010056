import type { WalkSpan } from './walk-state.ts';

/** The ids a span has shown so far. */
export interface SpanIds {
  /** What a page's ids are: how many different ones, and those that the span had not shown before. */
  meet(
    ids: readonly string[],
    span: Pick<WalkSpan, 'via' | 'inquiry'>,
  ): { readonly distinct: number; readonly newIds: readonly string[] };
}

/** @param anchors all that is known of a span that goes on after a resume; nothing for one that begins. */
export function createSpanIds(anchors?: readonly string[]): SpanIds {
  const shown = new Set(anchors);
  const firstPage = new Set<string>();
  // After a resume only the ids at either end of a page are known: they stand for the page between them.
  const onlyEndsKnown = anchors !== undefined;
  const isShown = (id: string | undefined): boolean => id !== undefined && shown.has(id);

  return {
    meet(ids, { via, inquiry }) {
      // What answers an inquiry is asked for again.
      const isKept = inquiry !== 'alive';
      if (isKept && !ids.some(isShown)) {
        // As most pages are: no set of their ids is made, nor are they looked up twice.
        const before = shown.size;
        for (const id of ids) shown.add(id);
        if (via === 'start') for (const id of ids) firstPage.add(id);
        const distinct = shown.size - before;
        return { distinct, newIds: distinct === ids.length ? ids : [...new Set(ids)] };
      }
      const different = new Set(ids);
      const repeated = onlyEndsKnown && isShown(ids[0]) && isShown(ids.at(-1));
      const beganAgain = via !== 'start' && isMostly(different, firstPage);
      const newIds = repeated || beganAgain ? [] : [...different].filter((id) => !shown.has(id));
      if (isKept) {
        for (const id of different) shown.add(id);
        if (via === 'start' || beganAgain) for (const id of different) firstPage.add(id);
      }
      return { distinct: different.size, newIds };
    },
  };
}

/**
 * Whether a page behind a cursor is the first page once more: what is new on it came meanwhile, and not by the cursor.
 * A single row may have moved since, as an audit moves it; most of a page do not.
 */
function isMostly(ids: ReadonlySet<string>, firstPage: ReadonlySet<string>): boolean {
  let known = 0;
  for (const id of ids) if (firstPage.has(id)) known++;
  return known * 2 > ids.size;
}
