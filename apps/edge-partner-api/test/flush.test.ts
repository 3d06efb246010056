import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DecisionLog } from '../src/store/decision-log.ts';
import { flush } from '../src/store/guard/flush.ts';
import { createOutbox, type Outbox } from '../src/store/guard/outbox.ts';
import { createProgress } from '../src/store/guard/progress.ts';
import { createTables } from '../src/store/guard/tables.ts';
import { createDice } from './dice.ts';
import { sharedStores } from './world.ts';

sharedStores();
beforeEach(() => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  return () => log.mockRestore();
});

/** A message's worth and some. */
const DECISIONS = 106;
/** The last can always be sent: while the newest cannot, everything waits for the next. */
const NEWEST = `d${DECISIONS}`;

/** What becomes of a call: taken; refused; taken, and said to have failed; or the guard ends, before or after it was taken. */
type Fate = 'taken' | 'refused' | 'taken in silence' | 'killed before' | 'killed after';

class Killed extends Error {}

interface Scene {
  /** Numbers of decisions the queue always refuses. */
  readonly refused: readonly number[];
  /** Numbers of rows that are no decisions. */
  readonly unreadable: readonly number[];
  readonly fateOf: (call: number) => Fate;
}

/** Takes everything to such a queue, as often as it takes, and looks at what has become of it. */
function play(storage: DurableObjectStorage, { refused, unreadable, fateOf }: Scene) {
  const { sql } = storage;
  for (const table of ['decisions', 'set_aside', 'progress']) sql.exec(`DELETE FROM ${table}`);
  const open = (): Outbox => createOutbox(sql, createProgress(sql));
  let outbox = open();
  for (let n = 1; n <= DECISIONS; n++) outbox.append(decision(`d${n}`), []);
  for (const n of unreadable) sql.exec(`UPDATE decisions SET message = '{' WHERE sequence = ${n}`);
  const poison = new Set(refused.map((n) => `d${n}`));
  const arrived: string[] = [];
  let calls = 0;
  const take: DecisionLog['send'] = async (batch) => {
    calls += 1;
    const fate = fateOf(calls);
    const ids = batch.map(({ id }) => id);
    if (fate === 'refused' || ids.some((id) => poison.has(id))) throw new Error('refused');
    if (fate === 'killed before') throw new Killed();
    arrived.push(...ids);
    if (fate === 'taken in silence') throw new Error('no answer');
    if (fate === 'killed after') throw new Killed();
  };
  return {
    calls: () => calls,
    async toTheEnd() {
      for (let run = 0; outbox.waiting() > 0; run++) {
        if (run > 1_000) throw new Error(`does not end: ${outbox.waiting()} wait`);
        // A guard that ends takes nothing with it but what it had in memory, and does nothing more.
        let isOver = false;
        const alive = new Proxy(outbox, {
          get: (real, name: keyof Outbox) => {
            if (isOver) throw new Killed();
            return real[name];
          },
        });
        const send: DecisionLog['send'] = async (batch) => {
          if (isOver) throw new Killed();
          try {
            await take(batch);
          } catch (error) {
            isOver = error instanceof Killed;
            throw error;
          }
        };
        await flush(alive, { send, append: send }).catch(() => {});
        if (isOver) outbox = open();
      }
      const aside = sql
        .exec<{ sequence: number }>('SELECT sequence FROM set_aside ORDER BY sequence')
        .toArray()
        .map(({ sequence }) => sequence);
      return { arrived, aside };
    },
  };
}

function check({ refused, unreadable }: Scene, arrived: readonly string[], aside: readonly number[]): void {
  const lost = [...refused, ...unreadable].sort((a, b) => a - b);
  expect(aside).toEqual(lost);
  const expected = Array.from({ length: DECISIONS }, (_, n) => n + 1).filter((n) => !lost.includes(n));
  // The newest comes before its turn where it has to show that the queue takes anything at all.
  const first = [...new Set(arrived.filter((id) => id !== NEWEST))];
  expect(first).toEqual(expected.slice(0, -1).map((n) => `d${n}`));
  expect(arrived).toContain(NEWEST);
}

const SCENES: readonly [string, Pick<Scene, 'refused' | 'unreadable'>][] = [
  ['nothing is wrong with any', { refused: [], unreadable: [] }],
  ['one is refused', { refused: [50], unreadable: [] }],
  [
    'the last of a message and the first of the next are refused',
    { refused: [99, 100, 101], unreadable: [] },
  ],
  ['some are no decisions', { refused: [], unreadable: [1, 99, 100, 101] }],
  ['some are no decisions and some are refused', { refused: [3, 103], unreadable: [2, 4, 102, 105] }],
];

const FATES = ['refused', 'taken in silence', 'killed before', 'killed after'] as const;

describe('whatever becomes of one call to the queue', () => {
  it.each(SCENES)(
    'every decision arrives, in order, and nothing else is set aside, where %s',
    async (_, scene) => {
      await runInDurableObject(env.GUARD.getByName('flush'), async (_guard, { storage }) => {
        createTables(storage.sql);
        const undisturbed = play(storage, { ...scene, fateOf: () => 'taken' });
        const { arrived, aside } = await undisturbed.toTheEnd();
        check({ ...scene, fateOf: () => 'taken' }, arrived, aside);
        for (const fate of FATES) {
          for (let bad = 1; bad <= undisturbed.calls(); bad++) {
            const played = { ...scene, fateOf: (call: number) => (call === bad ? fate : 'taken') } as const;
            const outcome = await play(storage, played).toTheEnd();
            try {
              check(played, outcome.arrived, outcome.aside);
            } catch (error) {
              throw new Error(`call ${bad} is ${fate}`, { cause: error });
            }
          }
        }
      });
    },
  );
});

describe('a queue that comes and goes', () => {
  it.each([1, 2, 3])(
    'gets every decision in the end, in order, and nothing else is set aside (seed %i)',
    async (seed) => {
      const roll = createDice(seed);
      await runInDurableObject(env.GUARD.getByName('flush'), async (_guard, { storage }) => {
        createTables(storage.sql);
        // Up for some calls, down for some.
        let left = 0;
        let fate: Fate = 'taken';
        const fateOf = (): Fate => {
          if (left === 0) {
            left = 1 + roll(30);
            fate = fate === 'taken' ? (FATES[roll(FATES.length)] ?? 'refused') : 'taken';
          }
          left -= 1;
          return fate;
        };
        for (let round = 0; round < 10; round++) {
          const scene: Scene = { refused: [1 + roll(50)], unreadable: [51 + roll(50)], fateOf };
          const { arrived, aside } = await play(storage, scene).toTheEnd();
          check(scene, arrived, aside);
        }
      });
    },
  );
});

function decision(id: string) {
  const person = { hmac: 'h'.repeat(43), sealed: 'sealed' };
  const answer = { at: 1, requestId: null, siteId: null, zoneId: null, person, params: {}, code: null };
  const why = { effect: 'deny' as const, reason: 'no_grant', determining: [], inputs: {} };
  const known = { releaseHash: null, memberVersion: null, repeatOf: null };
  return { v: 1 as const, id, source: 'guard', ...answer, ...why, ...known };
}
