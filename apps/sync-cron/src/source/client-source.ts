import {
  FacePassAbortedError,
  FacePassApiError,
  FacePassAuthError,
  type FacePassClient,
  FacePassError,
  FacePassHttpError,
  FacePassIncompleteError,
  type FacePassList,
  FacePassProtocolError,
  FacePassRequestError,
  type Registration,
  type Verification,
  type WalkStep,
} from '@facepass-kit/core';
import type { MirrorRecord } from '../rows/record.ts';
import { registrationRecord, unreadableRow, verificationRecord } from '../rows/record-of.ts';
import { TICK_MS } from '../sync/plan.ts';
import type { UnknownValues } from '../telemetry/unknown-values.ts';
import { failureCode } from './failure-code.ts';
import { type HistorySource, type HistoryStep, SourceError } from './history-source.ts';

export interface ClientSourceParts {
  readonly client: FacePassClient;
  readonly now: () => number;
  /** Fires when no further request may be sent. */
  readonly signal: AbortSignal;
  /** Told of every row, whatever becomes of it. */
  readonly unknownValues: Pick<UnknownValues, 'ofVerification' | 'ofRegistration'>;
}

/** The histories as the typed client walks them. */
export function clientSource({ client, now, signal, unknownValues }: ClientSourceParts): HistorySource {
  const ofVerification = (row: Verification, requestedAt: number): MirrorRecord => {
    unknownValues.ofVerification(row);
    return verificationRecord(row, requestedAt);
  };
  const ofRegistration = (row: Registration, requestedAt: number): MirrorRecord => {
    unknownValues.ofRegistration(row);
    return registrationRecord(row, requestedAt);
  };
  return {
    steps(stream, { fromMs, toMs }, state) {
      const range = { from: new Date(fromMs), to: new Date(toMs) };
      const options = { state, signal };
      const isOutside = (ms: number): boolean => ms < fromMs - TICK_MS || ms > toMs + TICK_MS;
      const verifications: Rows<Verification> = {
        recordOf: ofVerification,
        isOutside: ({ verifyTs }) => isOutside(verifyTs.epochMs),
      };
      const registrations: Rows<Registration> = {
        recordOf: ofRegistration,
        isOutside: ({ eventTs }) => isOutside(eventTs.epochMs),
      };
      return stream === 'verifications'
        ? stepsOf(client.verifications.list(range, options), verifications, now)
        : stepsOf(client.registrations.history(range, options), registrations, now);
    },
  };
}

interface Rows<Row> {
  readonly recordOf: (row: Row, requestedAt: number) => MirrorRecord;
  /** Whether a row happened outside the range. */
  readonly isOutside: (row: Row) => boolean;
}

async function* stepsOf<Row>(
  list: FacePassList<Row>,
  rows: Rows<Row>,
  now: () => number,
): AsyncGenerator<HistoryStep> {
  const steps = list.pages()[Symbol.asyncIterator]();
  for (;;) {
    const requestedAt = now();
    let step: IteratorResult<WalkStep<Row>>;
    try {
      step = await steps.next();
    } catch (error) {
      throw error instanceof FacePassError ? sourceError(error) : error;
    }
    if (step.done === true) return;
    yield historyStep(step.value, rows, requestedAt);
  }
}

function historyStep<Row>(
  { items, quarantined, state }: WalkStep<Row>,
  { recordOf, isOutside }: Rows<Row>,
  requestedAt: number,
): HistoryStep {
  const records = items.map((row) => recordOf(row, requestedAt));
  const tooLarge = records.filter((record) => sizeOf(record) > MAX_ROW_CHARACTERS);
  return {
    records: tooLarge.length === 0 ? records : records.filter((record) => !tooLarge.includes(record)),
    unreadable: [
      ...quarantined.map(unreadableRow),
      ...tooLarge.map((record) => ({ reason: 'too large', row: contentOf(record) })),
    ],
    outside: items.reduce((count, row) => count + Number(isOutside(row)), 0),
    state,
  };
}

/** Thousands of times a usual row, and still far from the 2 MB that D1 takes in a row or parameter. */
const MAX_ROW_CHARACTERS = 200_000;

function sizeOf({ stored }: MirrorRecord): number {
  let size = 0;
  for (const value of stored) if (typeof value === 'string') size += value.length;
  return size;
}

/** What FacePass gave, the same however often it is asked: not when it was. */
function contentOf({ merchantUserKey, stored: [id, , ...values] }: MirrorRecord): unknown {
  return { id, merchantUserKey, values };
}

/** The walk has already tried smaller pages, shorter ranges and other cursors: what comes through stands. */
function sourceError(error: FacePassError): SourceError {
  if (error instanceof FacePassAbortedError) return new SourceError('out-of-budget', error.code);
  if (error instanceof FacePassIncompleteError) {
    return new SourceError('incomplete', error.unread[0]?.reason ?? error.code);
  }
  if (error instanceof FacePassAuthError || error instanceof FacePassRequestError) {
    return new SourceError('hopeless', error.code);
  }
  if (error instanceof FacePassApiError) {
    return new SourceError('refused', failureCode(error));
  }
  if (error instanceof FacePassProtocolError) {
    return new SourceError(error.problem === 'wrong_shape' ? 'refused' : 'passing', failureCode(error));
  }
  if (error instanceof FacePassHttpError) {
    const { status } = error;
    if (status === 401 || status === 403) return new SourceError('hopeless', failureCode(error));
    const passing = status === 408 || status === 429 || status >= 500;
    return new SourceError(passing ? 'passing' : 'refused', failureCode(error));
  }
  return new SourceError('passing', error.code);
}
