/**
 * The door question in workerd, 10,000 members and 1,000 rules, against a handler that makes the same calls of KV,
 * Durable Object and queue and does nothing else; our own code alone, in one Node process with stores in memory,
 * against a bare Hono handler; and what happens before the first question.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Contender, GUARDINGS, type Guarding, paramsOf, startDoorWorkers } from './lib/door-workers.ts';
import type { Figure } from './lib/figure.ts';
import { median } from './lib/interleave.ts';
import { fire, keptConnections, percentile } from './lib/load.ts';
import { facts, venue } from './lib/venue.ts';
import { startupMs } from './lib/worker-startup.ts';

const app = join(import.meta.dirname, '../apps/edge-partner-api');
const MEMBERS = 10_000;
const RULES = 1_000;
/**
 * Short rounds, many of them: what else runs on the machine then meets both alike. So do the local KV's and queue's own
 * collections, 0.1 s two times a second, in which all that is under way waits: with eighty rounds one of the two had so
 * many more of them that its p99 was 0.5 or 1.7 times the other's.
 */
const ROUNDS = 240;
const SHOTS_PER_ROUND = 100;
/** Ours is forty times the code of the floor: until the engine has compiled it, 15,000 questions, it is the engine that is measured. */
const WARM_UP_ROUNDS = 150;
/** The first of these, which a young isolate answers: measured too, without a bound. */
const YOUNG_ROUNDS = 20;
/** Doors that ask at once in a rush hour. */
const AT_ONCE = 16;
const CPU_ROUNDS = 60;
const CPU_CALLS = 1_000;
/** Calls of each until the engine has compiled what is called: fewer measure the compiler. */
const CPU_WARM_UP_CALLS = 30_000;

export async function figures(log: (line: string) => void): Promise<Figure[]> {
  // First: behind the load wrangler's own workerd was seen not to come to an end.
  const startup = { name: 'permissions.startup_ms', value: startupMs(app) };
  return [await ownCpu(log), ...(await inWorkerd(log)), startup];
}

/** What the app's own `bench/in-process.ts` gives: it is written in the app's types, not in these. */
type InProcess = Readonly<Record<'ours' | 'bare', (position: number) => Promise<string>>>;

/** What only workerd has, as far as importing goes: nothing of it is called in process. */
const WORKERS_MODULE =
  'data:text/javascript,export class DurableObject {} export class WorkflowEntrypoint {} export class WorkerEntrypoint {}';

async function ownCpu(log: (line: string) => void): Promise<Figure> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'cloudflare:workers'
        ? { url: WORKERS_MODULE, shortCircuit: true }
        : next(specifier, context),
  });
  const module: {
    inProcess(options: object): Promise<InProcess>;
  } = await import(pathToFileURL(join(app, 'bench/in-process.ts')).href);
  const contenders = await module.inProcess({ release: venue(RULES), facts, members: MEMBERS, paramsOf });
  const first = await contenders.ours(0);
  if (!first.includes('"verified":true')) throw new Error(`unexpected answer: ${first}`);
  const write = console.info;
  // The line is put together as ever; only the terminal's part is left out.
  console.info = () => {};
  try {
    const names = ['ours', 'bare'] as const;
    // Everybody has then asked: sealing a key for the record is done for each person and isolate, not for each question.
    for (let call = 0; call < CPU_WARM_UP_CALLS; call++) {
      for (const name of names) await contenders[name](call % MEMBERS);
    }
    const ratios: number[] = [];
    for (let round = 0; round < CPU_ROUNDS; round++) {
      const spent = { ours: Number.NaN, bare: Number.NaN };
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        // Time on the processor, not on the wall: whatever else runs on this machine is not ours.
        const before = process.cpuUsage();
        for (let call = 0; call < CPU_CALLS; call++) {
          await contenders[name]((round * CPU_CALLS + call) % MEMBERS);
        }
        const { user, system } = process.cpuUsage(before);
        spent[name] = (user + system) / CPU_CALLS;
      }
      log(`permissions: in process, round ${round}: ours ${spent.ours} µs, bare ${spent.bare} µs`);
      ratios.push(spent.bare / spent.ours);
    }
    return { name: 'permissions.own_cpu_ratio_vs_bare_hono', value: median(ratios), atLeast: 0.3 };
  } finally {
    console.info = write;
  }
}

async function inWorkerd(log: (line: string) => void): Promise<Figure[]> {
  const doors = await startDoorWorkers({ members: MEMBERS, rules: RULES });
  const agent = keptConnections(AT_ONCE);
  const volley = async (guarding: Guarding, contender: Contender) =>
    await fire(
      Array.from({ length: SHOTS_PER_ROUND }, () => doors.shot(guarding, contender)),
      { agent, atOnce: AT_ONCE, expected: (answer) => answer.includes('"verified":true') },
    );
  try {
    const figures: Figure[] = [];
    for (const guarding of GUARDINGS) {
      const ratios: number[] = [];
      const unread: number[] = [];
      const young: number[] = [];
      const latencies: Record<Contender, number[]> = { ours: [], floor: [], unread: [] };
      const names: readonly Contender[] =
        guarding === 'strong' ? ['ours', 'floor', 'unread'] : ['ours', 'floor'];
      for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        const rate = { ours: Number.NaN, floor: Number.NaN, unread: Number.NaN };
        for (const name of round % 2 === 0 ? names : names.toReversed()) {
          const result = await volley(guarding, name);
          rate[name] = result.perSecond;
          if (round >= 0) latencies[name].push(...result.latencies);
        }
        log(
          `permissions: ${guarding}, round ${round}: ours ${rate.ours.toFixed(0)}/s, floor ${rate.floor.toFixed(0)}/s, without KV ${rate.unread.toFixed(0)}/s`,
        );
        if (round >= 0) ratios.push(rate.ours / rate.floor);
        if (round >= 0) unread.push(rate.ours / rate.unread);
        if (round < YOUNG_ROUNDS - WARM_UP_ROUNDS) young.push(rate.ours / rate.floor);
      }
      const p99 = (name: Contender): number => percentile(latencies[name], 0.99);
      log(
        `permissions: ${guarding}: p99 ours ${p99('ours').toFixed(1)} ms, floor ${p99('floor').toFixed(1)} ms`,
      );
      const name = (what: string): string =>
        guarding === 'strong' ? `permissions.${what}` : `permissions.eventual_${what}`;
      figures.push(
        { name: name('rps_ratio_vs_floor'), value: median(ratios), atLeast: 0.85 },
        { name: name('p99_ratio'), value: p99('ours') / p99('floor'), atMost: 1.25 },
        { name: name('young_isolate_rps_ratio'), value: median(young) },
        ...(guarding === 'strong'
          ? [{ name: 'permissions.rps_ratio_vs_floor_without_kv', value: median(unread) }]
          : []),
      );
    }
    return figures;
  } finally {
    agent.destroy();
    await doors.stop();
  }
}
