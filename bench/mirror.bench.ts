/**
 * The mirror in workerd with a real D1, FacePass answering at once from memory: rows a second against the same
 * rows written by hand, statements a commit, writes of a re-reading, memory over a long run.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Miniflare } from 'miniflare';
import type { Figure } from './lib/figure.ts';
import { watchHeap } from './lib/heap-watch.ts';
import { median } from './lib/interleave.ts';
import { runtimeCpuMs } from './lib/runtime-cpu.ts';

const app = join(import.meta.dirname, '../apps/sync-cron');
/** As many as a large partner has in three hours: what a run costs besides its rows is little beside them. */
const ROWS = 50_000;
const ROWS_REREAD = 20_000;
const ROUNDS = 9;
/** Rounds run first and thrown away, while the engine compiles. */
const WARM_UP = 2;
const SHORT_RUN = 10_000;
/** A day of a large partner. */
const DAY = 400_000;

const contenders = ['floor', 'mirror', 'tuned-floor'] as const;
type Contender = (typeof contenders)[number];

interface Outcome {
  readonly ms: number;
  /** Spent on processors by the runtime, D1 included. */
  readonly cpuMs: number;
  readonly batches: readonly number[];
  readonly rowsWritten: number;
}

export async function figures(log: (line: string) => void): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'facepass-mirror-bench-'));
  bundle(directory);
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    inspectorPort: 0,
    workers: [
      {
        config: {
          name: 'bench',
          compatibilityDate: '2026-11-01',
          env: { DB: { type: 'd1', id: 'mirror' } },
          manifest: {
            mainModule: 'worker.js',
            modulesRoot: '/',
            modules: {
              'worker.js': { type: 'esm', contents: readFileSync(join(directory, 'worker.js'), 'utf8') },
            },
          },
        },
      },
    ],
  });
  try {
    const db = await miniflare.getD1Database('DB');
    for (const file of readdirSync(join(app, 'migrations')).sort()) {
      const statements = readFileSync(join(app, 'migrations', file), 'utf8')
        .replaceAll(/--.*$/gm, '')
        .split(';')
        .filter((sql) => sql.trim() !== '');
      await db.batch(statements.map((sql) => db.prepare(sql)));
    }
    const run = async (action: string, pageSize = 1_000, rows = ROWS, isSlow = false): Promise<Outcome> => {
      const start = performance.now();
      const startCpuMs = runtimeCpuMs();
      const response = await miniflare.dispatchFetch('http://bench.invalid/', {
        method: 'POST',
        body: JSON.stringify({ action, pageSize, rows, isSlow }),
      });
      if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`);
      // The Worker beside this file made it.
      const outcome = (await response.json()) as Omit<Outcome, 'ms' | 'cpuMs'>;
      return { ...outcome, ms: performance.now() - start, cpuMs: runtimeCpuMs() - startCpuMs };
    };

    await run('prepare');
    const rounds: Record<Contender, Outcome>[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const timed = await timeEach(round, async (action) => {
        await run('clear');
        return await run(action);
      });
      if (round < 0) continue;
      rounds.push(timed);
      const told = contenders.map((name) => `${name} ${timed[name].ms.toFixed(0)} ms`).join(', ');
      log(`mirror: round ${round}: ${told}`);
    }
    const ratio = (reference: Contender, measure: 'ms' | 'cpuMs'): number =>
      median(rounds.map((round) => round[reference][measure] / round.mirror[measure]));
    const figures: Figure[] = [
      { name: 'mirror.rows_per_s_ratio_vs_raw_insert', value: ratio('floor', 'ms'), atLeast: 0.8 },
      { name: 'mirror.rows_per_cpu_s_ratio_vs_raw_insert', value: ratio('floor', 'cpuMs') },
      { name: 'mirror.rows_per_cpu_s_ratio_vs_tuned_insert', value: ratio('tuned-floor', 'cpuMs') },
    ];

    for (const pageSize of [10, 100, 1_000]) {
      await run('clear');
      await run('prepare', pageSize, 2_000);
      const { batches } = await run('mirror', pageSize, 2_000);
      figures.push({
        name: `mirror.statements_per_commit_at_pages_of_${pageSize}`,
        value: Math.max(...batches.filter((statements) => statements > 1)),
        atMost: 4,
      });
    }

    await run('clear');
    await run('prepare', 1_000, ROWS_REREAD);
    await run('mirror', 1_000, ROWS_REREAD);
    const again = await run('reread', 1_000, ROWS_REREAD);
    figures.push({
      name: 'mirror.rows_written_on_unchanged_reread_per_1000',
      value: again.rowsWritten / (ROWS_REREAD / 1_000),
      atMost: 4,
    });

    await run('clear');
    await run('prepare', 1_000, DAY);
    const { ms: dayMs } = await run('mirror', 1_000, DAY);
    log(`mirror: ${DAY} rows in ${(dayMs / 1_000).toFixed(1)} s`);
    figures.push({ name: 'mirror.seconds_for_a_day_of_400000_rows', value: dayMs / 1_000 });

    const used: number[] = [];
    for (const [rows, times] of [
      [SHORT_RUN, 10],
      [DAY, 1],
    ] as const) {
      await run('clear');
      await run('prepare', 1_000, rows);
      const heap = await watchHeap(await miniflare.getInspectorURL(), 'bench');
      for (let time = 0; time < times; time++) {
        if (time > 0) await run('clear');
        await run('mirror', 1_000, rows, true);
      }
      const { usedMb, looks } = await heap.end();
      log(`mirror: ${rows} rows, ${usedMb.toFixed(1)} MB of heap in use, the median of ${looks} looks`);
      used.push(usedMb);
    }
    const [short = Number.NaN, day = Number.NaN] = used;
    figures.push({ name: 'mirror.heap_of_400000_rows_vs_10000', value: day / short, atMost: 1.5 });
    return figures;
  } finally {
    await miniflare.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One round, in a changing order. */
async function timeEach(
  round: number,
  time: (contender: Contender) => Promise<Outcome>,
): Promise<Record<Contender, Outcome>> {
  const order = round % 2 === 0 ? contenders : contenders.toReversed();
  const timed = new Map<Contender, Outcome>();
  for (const contender of order) timed.set(contender, await time(contender));
  const of = (contender: Contender): Outcome => {
    const outcome = timed.get(contender);
    if (outcome === undefined) throw new Error(`${contender} was not timed`);
    return outcome;
  };
  return { floor: of('floor'), mirror: of('mirror'), 'tuned-floor': of('tuned-floor') };
}

function bundle(directory: string): void {
  const manifest = createRequire(join(app, 'package.json')).resolve('wrangler/package.json');
  const wrangler = join(dirname(manifest), 'bin/wrangler.js');
  const configuration = join(app, 'bench/wrangler.jsonc');
  execFileSync(
    process.execPath,
    [wrangler, 'deploy', '--dry-run', '--outdir', directory, '-c', configuration],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}
