import {
  FacePassApiError,
  FacePassAuthError,
  type FacePassClient,
  FacePassConnectionError,
  FacePassError,
  FacePassHttpError,
  type FacePassList,
  FacePassProtocolError,
  FacePassRequestError,
  FacePassTimeoutError,
  type Page,
} from '@facepass-kit/core';
import type { MirrorRecord } from '../rows/record.ts';
import { registrationRecord, unreadableRow, verificationRecord } from '../rows/record-of.ts';
import { type HistoryPage, type HistorySource, SourceError } from './history-source.ts';

/** The histories as the typed client reads them, one request a page. */
export function clientSource(client: FacePassClient, now: () => number): HistorySource {
  return {
    async page({ stream, fromMs, toMs, size, cursor }) {
      const range = { from: new Date(fromMs), to: new Date(toMs) };
      const options = { size, ...(cursor !== null && { cursor }) };
      const requestedAt = now();
      try {
        return stream === 'verifications'
          ? await firstPage(client.verifications.list(range, options), verificationRecord, requestedAt)
          : await firstPage(client.registrations.history(range, options), registrationRecord, requestedAt);
      } catch (error) {
        throw error instanceof FacePassError ? sourceError(error) : error;
      }
    },
  };
}

async function firstPage<Row>(
  list: FacePassList<Row>,
  recordOf: (row: Row) => MirrorRecord,
  requestedAt: number,
): Promise<HistoryPage> {
  for await (const page of list.pages()) return historyPage(page, recordOf, requestedAt);
  throw new SourceError('transient', 'no_page');
}

function historyPage<Row>(
  page: Page<Row>,
  recordOf: (row: Row) => MirrorRecord,
  requestedAt: number,
): HistoryPage {
  const records = page.items.map(recordOf);
  const tooLarge = records.filter((record) => sizeOf(record) > MAX_ROW_CHARACTERS);
  return {
    records: tooLarge.length === 0 ? records : records.filter((record) => !tooLarge.includes(record)),
    unreadable: [
      ...page.quarantined.map(unreadableRow),
      ...tooLarge.map((record) => ({ reason: 'too large', row: record })),
    ],
    nextCursor: page.nextCursor ?? null,
    hasMore: page.hasMore ?? null,
    requestedAt,
  };
}

/** Thousands of times a usual row, and still far from the 2 MB that D1 takes in a row or parameter. */
const MAX_ROW_CHARACTERS = 200_000;

function sizeOf({ id, values }: MirrorRecord): number {
  return values.reduce((sum: number, value) => sum + String(value).length, id.length);
}

/** A code fit for a log; anything else might be prose with a person in it. */
const codeShape = /^[A-Za-z0-9_.:-]{1,64}$/;

function sourceError(error: FacePassError): SourceError {
  if (error instanceof FacePassAuthError) return new SourceError('parked', error.code);
  if (error instanceof FacePassConnectionError) return new SourceError('transient', error.code);
  if (error instanceof FacePassTimeoutError) return new SourceError('overloaded', error.code);
  if (error instanceof FacePassRequestError) return new SourceError('refused', error.code);
  if (error instanceof FacePassApiError) {
    return new SourceError(
      'refused',
      codeShape.test(error.errorCode) ? `api_${error.errorCode}` : error.code,
    );
  }
  if (error instanceof FacePassHttpError) {
    const code = `http_${error.status}`;
    if (error.status === 401 || error.status === 403) return new SourceError('parked', code);
    if (error.status === 429) return new SourceError('transient', code);
    if (error.status === 408 || error.status >= 500) return new SourceError('overloaded', code);
    return new SourceError('refused', code);
  }
  if (error instanceof FacePassProtocolError) {
    const code = `protocol_${error.problem}`;
    if (error.problem === 'too_large') return new SourceError('overloaded', code);
    if (error.problem === 'wrong_shape') return new SourceError('parked', code);
    return new SourceError('transient', code);
  }
  return new SourceError('transient', error.code);
}
