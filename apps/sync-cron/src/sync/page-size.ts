import { type HistoryPage, SourceError, type SourceFailure } from '../source/history-source.ts';

/** FacePass's default, which surely works. */
const SMALLEST_PAGE = 10;
/** Beyond this a page saves little and an answer grows past what is comfortable to hold four times. */
const LARGEST_PAGE = 1_000;

/** The page size that works, and the most that FacePass was found to take. */
export interface PageSizes {
  pageSize: number;
  pageSizeLimit: number | null;
}

/**
 * Reads the first page of a walk and, while it comes full, probes whether ten times as much is given at once.
 * What is found is remembered in `sizes`.
 */
export function createFirstPage(sizes: PageSizes, mayProbe: boolean) {
  return async (
    request: (size: number) => Promise<HistoryPage>,
    startSize: number,
  ): Promise<{ page: HistoryPage; size: number }> => {
    let size = startSize;
    let page = await request(size);
    while (mayProbe && rowsOn(page) >= size && size < largest(sizes)) {
      const wanted = Math.min(size * 10, largest(sizes));
      try {
        const larger = await request(wanted);
        if (rowsOn(larger) <= rowsOn(page)) {
          sizes.pageSizeLimit = size;
          break;
        }
        page = larger;
        size = wanted;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        if (error.failure !== 'refused' && error.failure !== 'overloaded') throw error;
        if (error.failure === 'refused') sizes.pageSizeLimit = size;
        break;
      }
    }
    sizes.pageSize = size;
    return { page, size };
  };
}

/**
 * Half of a page size that failed, or null when the size is not to blame or cannot shrink. A refusal also
 * limits later probes; an overload may pass, and the size may grow again.
 */
export function smallerThan(size: number, failure: SourceFailure, sizes: PageSizes): number | null {
  if (failure !== 'refused' && failure !== 'overloaded') return null;
  if (size <= SMALLEST_PAGE) return null;
  const half = Math.max(SMALLEST_PAGE, Math.floor(size / 2));
  sizes.pageSize = half;
  if (failure === 'refused') sizes.pageSizeLimit = half;
  return half;
}

function largest({ pageSizeLimit }: PageSizes): number {
  return Math.min(pageSizeLimit ?? LARGEST_PAGE, LARGEST_PAGE);
}

function rowsOn(page: HistoryPage): number {
  return page.records.length + page.unreadable.length;
}
