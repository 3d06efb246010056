import type { Bindings } from '../env.ts';
import { consoleLog, type Log, type LogFields } from '../log.ts';
import { dataPoint } from './columns.ts';
import { createTally, type Tally } from './tally.ts';

/** A request that was answered. Fields are numbers, flags and words of our own, as in the log. */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly outcome: string | null;
  readonly durationMs: number;
}

/** What is told beside the answers: the log, and where configured metrics and what alerts are judged by. */
export interface Telemetry {
  /** Writes to the console, and counts what tells of trouble. */
  readonly log: Log;
  /**
   * @param verified the answer at a door; undefined for anything else
   * @param door where that was, and what was waited for
   */
  answered(request: AnsweredRequest, verified: boolean | undefined, door: LogFields | undefined): void;
  /** Hands over what was counted, behind the answer and not for every one. */
  handOver(keepAlive: (work: Promise<unknown>) => void): void;
}

function createTelemetry(env: Bindings): Telemetry {
  const { METRICS: metrics, VERSION } = env;
  const tally: Tally | null = isSet(env.ALERT_WEBHOOK) ? createTally(env.DB) : null;
  const version = VERSION?.id ?? '';
  return {
    log(level, event, fields) {
      consoleLog(level, event, fields);
      if (level !== 'error') return;
      tally?.count(`trouble.${event}`);
      metrics?.writeDataPoint(dataPoint({ event, version }));
    },
    answered(request, verified, door) {
      if (verified !== undefined) tally?.count(verified ? 'permit' : `deny.${request.outcome}`);
      metrics?.writeDataPoint(
        dataPoint({ ...request, ...door, event: 'request', version, verified: verified ?? null }),
      );
    },
    handOver(keepAlive) {
      const work = tally?.handOverIfDue();
      if (work !== undefined && work !== null) keepAlive(work);
    },
  };
}

function isSet(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

const built = new WeakMap<object, Telemetry>();

/** The telemetry of an environment. It needs no secret and never throws: trouble with the rest is told through it. */
export function telemetryOf(env: Bindings): Telemetry {
  const known = built.get(env);
  if (known !== undefined) return known;
  const telemetry = createTelemetry(env);
  built.set(env, telemetry);
  return telemetry;
}
