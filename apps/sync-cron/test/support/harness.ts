import { env } from 'cloudflare:workers';
import { createMemoryTokenStore } from '@facepass-kit/core';
import type { SyncReport } from '@facepass-kit/protocol';
import { createSimulator, type Personality, type Simulator } from '@facepass-kit/simulator';
import { createMirror, type Mirror, type World } from '../../src/app.ts';
import type { BackfillWorkflows } from '../../src/backfill/conductor.ts';
import { type Bindings, type Configuration, parseEnvironment } from '../../src/env.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { ROWS_PER_COMMIT } from '../../src/sync/commit-buffer.ts';
import { credentials } from './credentials.ts';

/** 2026-01-09 12:00:00 in Seoul. */
export const noonMs = Date.UTC(2026, 0, 9, 3);
export const secondMs = 1_000;
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export interface LogLine {
  readonly level: 'info' | 'alert';
  readonly event: string;
  readonly fields: LogFields;
}

/** A FacePass in this process, a mirror of it in this Worker's D1, and a clock that only the test moves. */
export interface Harness {
  readonly facepass: Simulator;
  readonly log: LogLine[];
  readonly requests: Request[];
  /** The clock of both sides. Waiting moves it too. */
  nowMs: number;
  mirror(
    change?: Partial<World>,
    bindings?: Omit<Bindings, keyof BackfillWorkflows>,
    configuration?: Partial<Configuration>,
  ): Promise<Mirror>;
  sync(change?: Partial<World>, configuration?: Partial<Configuration>): Promise<SyncReport>;
  become(personality: Partial<Personality>): Promise<void>;
  /** Writes a verification for each instant; gives back nothing, the truth is asked for separately. */
  verifications(...atMs: number[]): Promise<void>;
}

export async function createHarness(configured: Partial<Configuration> = {}): Promise<Harness> {
  const log: LogLine[] = [];
  const requests: Request[] = [];
  const facepass = createSimulator({ now: () => harness.nowMs, merchants: [credentials] });
  const tokenStore = createMemoryTokenStore();
  let ids = 0;
  const harness: Harness = {
    facepass,
    log,
    requests,
    nowMs: noonMs,
    async mirror(change = {}, bindings = env, configuration = {}) {
      const world: World = {
        fetch: (request) => {
          requests.push(request.clone());
          return facepass.fetch(request);
        },
        now: () => harness.nowMs,
        sleep: async (ms) => {
          harness.nowMs += ms;
        },
        random: () => 0.5,
        newId: () => `id-${++ids}-${crypto.randomUUID()}`,
        log: memoryLog(log),
        tokenStore,
        rowsPerCommit: ROWS_PER_COMMIT,
        ...change,
      };
      const parsed = parseEnvironment(env);
      return await createMirror(
        bindings,
        {
          ...parsed,
          safetyLagMs: 0,
          requestsPerSecond: 1_000,
          historyStartAt: () => noonMs - 2 * dayMs,
          ...configured,
          ...configuration,
        },
        world,
      );
    },
    async sync(change, configuration) {
      return await (await harness.mirror(change, env, configuration)).sync('request');
    },
    async become(personality) {
      await facepass.control.run('merchants/configure', { personality });
    },
    async verifications(...atMs) {
      const items = atMs.map((at, index) => ({ atMs: at, merchantUserKey: `member-${index % 7}` }));
      await facepass.control.run('records/verifications', { items });
    },
  };
  await harness.become({ auditSeconds: null });
  return harness;
}

function memoryLog(lines: LogLine[]): Log {
  return {
    info: (event, fields = {}) => void lines.push({ level: 'info', event, fields }),
    alert: (event, fields = {}) => void lines.push({ level: 'alert', event, fields }),
  };
}
