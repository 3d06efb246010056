import type { SyncReport } from '@facepass-kit/protocol';
import type { LogFields } from '../log.ts';
import { dataPoint } from './metric-columns.ts';

/** Figures for Analytics Engine. None names a person or holds a row. */
export interface Metrics {
  /** A point for each stream of a run. */
  sync(report: SyncReport): void;
  /** A point for each alert raised, sent or not. */
  alert(event: string, fields: LogFields): void;
}

export function createMetrics(dataset: AnalyticsEngineDataset | undefined): Metrics {
  const write = (fields: LogFields): void => dataset?.writeDataPoint(dataPoint(fields));
  return {
    sync({ trigger, startedAt, finishedAt, streams }) {
      for (const { error, completeUntil: _, ...counts } of streams) {
        write({
          event: 'sync',
          trigger,
          errorCode: error?.code ?? null,
          durationMs: finishedAt - startedAt,
          ...counts,
        });
      }
    },
    alert(event, fields) {
      const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : null);
      write({
        event: 'alert',
        outcome: event,
        stream: text('stream'),
        errorCode: text('errorCode'),
        count: 1,
      });
    },
  };
}
