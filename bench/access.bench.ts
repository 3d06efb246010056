/**
 * Deciding at a door: how long, how it grows with the number of rules, and beside general policy engines; and how
 * looking through a release grows.
 */
import { type CompiledRelease, decide, type Release } from '@facepass-kit/access';
import { explain, lint } from '@facepass-kit/access/analysis';
import { casbin, casl, cedar, jsonRulesEngine, ours, type Rival } from './lib/access-rivals.ts';
import {
  CONCERNED,
  closedMs,
  door,
  manyDoors,
  member,
  oneDoor,
  openMs,
  SPAN_MS,
} from './lib/access-world.ts';
import type { Figure } from './lib/figure.ts';
import { interleave, median, type Timings } from './lib/interleave.ts';
import { doors, rulesOfOneDoor } from './lib/lint-world.ts';

/** Decisions made in one timed call: one alone is as short as reading the clock. */
const BATCH = 100;
const EXPLAINED = 5;
const MONTH_MS = 30 * 86_400_000;

export async function figures(log: (line: string) => void): Promise<Figure[]> {
  return [
    ...(await deciding(log)),
    ...(await explaining(log)),
    ...(await linting(log)),
    ...(await sideBySide(log)),
  ];
}

async function deciding(log: (line: string) => void): Promise<Figure[]> {
  const [small, large] = [manyDoors(100), manyDoors(10_000)];
  const timings = await interleave(
    {
      permit100: ask(small, openMs, 'permitted'),
      deny100: ask(small, closedMs, 'closed_now'),
      permit10000: ask(large, openMs, 'permitted'),
      deny10000: ask(large, closedMs, 'closed_now'),
    },
    { rounds: 300, callsPerRound: 2 },
  );
  // One release each: asked in turns, neither would find anything as it left it.
  const [open, closed] = [oneDoor(10_000), oneDoor(10_000)];
  const worst = await interleave(
    { permit: ask(open, openMs, 'permitted', 1), deny: ask(closed, closedMs, 'closed_now', 1) },
    { rounds: 300, callsPerRound: 1 },
  );
  const scattered = await interleave({ any: askAnyTime(large) }, { rounds: 100, callsPerRound: 1 });
  const microseconds = (nanoseconds: readonly number[]): number => median(nanoseconds) / BATCH / 1000;
  const cases = {
    '100.permit': microseconds(timings.permit100),
    '100.deny': microseconds(timings.deny100),
    '10000.permit': microseconds(timings.permit10000),
    '10000.deny': microseconds(timings.deny10000),
  };
  const growth = Math.max(
    growthOf(timings, 'permit100', 'permit10000'),
    growthOf(timings, 'deny100', 'deny10000'),
  );
  log(`access: decided with ${CONCERNED} rules concerned of 100 and of 10,000`);
  return [
    { name: 'decide.p50_us', value: Math.max(...Object.values(cases)), atMost: 2 },
    ...Object.entries(cases).map(([name, value]) => ({ name: `decide.${name}_p50_us`, value, atMost: 2 })),
    { name: 'decide.growth_100_to_10000', value: growth, atMost: 1.5 },
    { name: 'decide.at_scattered_instants_p50_us', value: microseconds(scattered.any) },
    { name: 'decide.all_10000_in_one_zone.permit_p50_us', value: median(worst.permit) / 1000 },
    { name: 'decide.all_10000_in_one_zone.deny_p50_us', value: median(worst.deny) / 1000 },
  ];
}

/** Asks at changing instants, as a door does, and makes sure once that the case is what it is called. */
function ask(compiled: CompiledRelease, atMs: number, reason: string, batch = BATCH): () => void {
  const verdict = decide(compiled, member, door, atMs);
  if (verdict.reason !== reason) throw new Error(`expected ${reason}, got ${verdict.reason}`);
  if (verdict.ruleIds.length < CONCERNED) throw new Error(`only ${verdict.ruleIds.length} rules decided`);
  let tick = 0;
  return () => {
    for (let call = 0; call < batch; call += 1) {
      tick = (tick + 1009) % SPAN_MS;
      decide(compiled, member, door, atMs + tick);
    }
  };
}

/** Asks at instants all over a month, as a replay does: nothing known of one helps with the next. */
function askAnyTime(compiled: CompiledRelease): () => void {
  let tick = 0;
  return () => {
    for (let call = 0; call < BATCH; call += 1) {
      tick = (tick + 1_000_003 * 977) % MONTH_MS;
      decide(compiled, member, door, openMs - tick);
    }
  };
}

/** The median over rounds of how much longer the large release takes within one round. */
function growthOf<Name extends string>(timings: Timings<Name>, small: Name, large: Name): number {
  const reference = timings[small];
  return median(timings[large].map((nanoseconds, round) => nanoseconds / (reference[round] ?? Number.NaN)));
}

async function explaining(log: (line: string) => void): Promise<Figure[]> {
  const run = (compiled: CompiledRelease) => () => {
    for (let call = 0; call < EXPLAINED; call += 1) explain(compiled, member, door, closedMs);
  };
  const timings = await interleave(
    { small: run(manyDoors(100)), large: run(manyDoors(10_000)) },
    { rounds: 100, callsPerRound: 1 },
  );
  log('access: explained a denial');
  const milliseconds = (nanoseconds: readonly number[]): number => median(nanoseconds) / EXPLAINED / 1e6;
  const slower = Math.max(milliseconds(timings.small), milliseconds(timings.large));
  return [{ name: 'explain.p50_ms', value: slower, atMost: 1 }];
}

/** How much longer a release of four times the size takes than four small ones: 1 is linear, 4 each with each. */
async function linting(log: (line: string) => void): Promise<Figure[]> {
  const run = (release: Release, times: number) => () => {
    for (let call = 0; call < times; call += 1) lint(release, openMs);
  };
  const timings = await interleave(
    {
      doors500: run(doors(500), 4),
      doors2000: run(doors(2000), 1),
      rules500: run(rulesOfOneDoor(500), 4),
      rules2000: run(rulesOfOneDoor(2000), 1),
    },
    { rounds: 15, callsPerRound: 1 },
  );
  log('access: looked through releases of 500 and of 2,000 doors and rules');
  return [
    {
      name: 'lint.doors_500_to_2000_vs_linear',
      value: growthOf(timings, 'doors500', 'doors2000'),
      atMost: 2,
    },
    {
      name: 'lint.rules_of_one_door_500_to_2000_vs_linear',
      value: growthOf(timings, 'rules500', 'rules2000'),
      atMost: 2,
    },
    { name: 'lint.2000_doors_p50_ms', value: median(timings.doors2000) / 1e6 },
  ];
}

async function sideBySide(log: (line: string) => void): Promise<Figure[]> {
  const rivals = {
    casl: casl(),
    casbin: await casbin(),
    json_rules_engine: jsonRulesEngine(),
    cedar_wasm: cedar(),
  };
  const us = ours();
  for (const [name, rival] of Object.entries({ ours: us, ...rivals })) await check(name, rival);
  const both = (rival: Rival, batch: number) => async () => {
    for (let call = 0; call < batch; call += 1) {
      // Only one of them answers with a promise; the others are not made to wait for one.
      const permitted = rival.permit();
      if (permitted instanceof Promise) await permitted;
      const denied = rival.deny();
      if (denied instanceof Promise) await denied;
    }
  };
  const timings = await interleave(
    {
      ours: both(us, BATCH),
      casl: both(rivals.casl, 10),
      casbin: both(rivals.casbin, 1),
      json_rules_engine: both(rivals.json_rules_engine, 1),
      cedar_wasm: both(rivals.cedar_wasm, 1),
    },
    { rounds: 200, callsPerRound: 1 },
  );
  const ratio = (name: keyof typeof rivals, batch: number): number =>
    median(timings[name].map((time, round) => time / batch / ((timings.ours[round] ?? Number.NaN) / BATCH)));
  const ratios = {
    casl: ratio('casl', 10),
    casbin: ratio('casbin', 1),
    json_rules_engine: ratio('json_rules_engine', 1),
    cedar_wasm: ratio('cedar_wasm', 1),
  };
  log('access: asked CASL, Casbin, json-rules-engine and Cedar the same');
  return [
    { name: 'decide.times_as_fast_as_fastest_rival', value: Math.min(...Object.values(ratios)), atLeast: 5 },
    ...Object.entries(ratios).map(([name, value]) => ({ name: `decide.times_as_fast_as_${name}`, value })),
  ];
}

async function check(name: string, rival: Rival): Promise<void> {
  if ((await rival.permit()) !== true || (await rival.deny()) !== false) {
    throw new Error(`${name} does not answer as it should`);
  }
}
