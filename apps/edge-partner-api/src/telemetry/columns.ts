import type { LogFields } from '../log.ts';

/**
 * Where each field of a data point stands in the dataset. Analytics Engine has numbered columns only, and a query
 * that was written once reads them by position for ever: fields are added at the end and never moved.
 * docs/operations/metrics.md has the queries; a test holds that they read these columns.
 */
export const COLUMNS = {
  index1: 'route',
  blob1: 'event',
  blob2: 'route',
  blob3: 'method',
  blob4: 'outcome',
  blob5: 'version',
  blob6: 'site',
  double1: 'status',
  double2: 'durationMs',
  double3: 'verified',
  double4: 'memberMs',
  double5: 'guardMs',
} as const;

type Column = keyof typeof COLUMNS;

/** Fields by name as a data point. What is absent is an empty text or -1, which no real value is. */
export function dataPoint(fields: LogFields): AnalyticsEngineDataPoint {
  const columns = (kind: string) =>
    (Object.keys(COLUMNS) as Column[]).filter((name) => name.startsWith(kind));
  // Keys of a literal, which Object.keys widens to string.
  const fieldIn = (column: Column) => fields[COLUMNS[column]];
  return {
    indexes: columns('index').map((column) => String(fieldIn(column) ?? '')),
    blobs: columns('blob').map((column) => String(fieldIn(column) ?? '')),
    doubles: columns('double').map((column) => Number(fieldIn(column) ?? -1)),
  };
}
