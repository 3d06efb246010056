import type { LogFields } from '../log.ts';

/**
 * Where each field of a data point stands. Analytics Engine has numbered columns only, and a query that was written
 * once reads them by position for ever: fields are added at the end and never moved. docs/operations/mirror.md has
 * queries over them.
 */
export const METRIC_COLUMNS = {
  index1: 'event',
  blob1: 'event',
  blob2: 'stream',
  blob3: 'trigger',
  blob4: 'outcome',
  blob5: 'errorCode',
  double1: 'slices',
  double2: 'pages',
  double3: 'fetched',
  double4: 'inserted',
  double5: 'updated',
  double6: 'unchanged',
  double7: 'quarantined',
  double8: 'requests',
  double9: 'retries',
  double10: 'rateLimited',
  double11: 'bytes',
  double12: 'lagMs',
  double13: 'durationMs',
  double14: 'count',
} as const;

type Column = keyof typeof METRIC_COLUMNS;

/** Fields by name as a data point. What is absent is an empty text or -1, which no real value is. */
export function dataPoint(fields: LogFields): AnalyticsEngineDataPoint {
  const columns = (kind: string): Column[] =>
    // Keys of a literal, which Object.keys widens to string.
    (Object.keys(METRIC_COLUMNS) as Column[]).filter((name) => name.startsWith(kind));
  const fieldOf = (column: Column) => fields[METRIC_COLUMNS[column]];
  return {
    indexes: columns('index').map((column) => String(fieldOf(column) ?? '')),
    blobs: columns('blob').map((column) => String(fieldOf(column) ?? '')),
    doubles: columns('double').map((column) => Number(fieldOf(column) ?? -1)),
  };
}
