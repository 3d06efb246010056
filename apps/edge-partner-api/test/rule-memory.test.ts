import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type AdmissionKeys, type Change, type GuardView, revoke } from '@facepass-kit/access';
import { MemoryGuard } from '@facepass-kit/access/memory-guard';
import { describe, expect, it } from 'vitest';
import { createGuardState } from '../src/store/guard/guard-state.ts';
import { createDice } from './dice.ts';
import { freshStores } from './world.ts';

freshStores();

const PEOPLE = ['a', 'b', 'c'];
const START = Date.parse('2026-12-04T12:00:00+09:00');
const HOUR = 3_600_000;
const TABLES = ['counters', 'passes', 'presence_events', 'presence', 'first_persons', 'companions'];

/** What decisions change in the course of some hours: late news and all. */
function randomChanges(roll: (sides: number) => number): readonly Change[] {
  const pick = <T>(choices: readonly [T, ...T[]]): T => choices[roll(choices.length)] ?? choices[0];
  return Array.from({ length: 40 }, (_, step): Change => {
    const decisionId = `d${step}`;
    const merchantUserKey = PEOPLE[roll(PEOPLE.length)] ?? 'a';
    // Often the same instant, and often earlier than what is known already.
    const atMs = START + roll(12) * 10_000 - pick([0, 0, 0, 30 * HOUR]);
    const about = { decisionId, merchantUserKey, atMs };
    const area = { ...about, areaId: pick(['x', 'y']) };
    const grant = pick([
      null,
      { kind: 'pass', passId: 'p' } as const,
      { kind: 'rule', ruleId: 'r' } as const,
    ]);
    const change: Change = pick<Change>([
      { kind: 'permit', ...about, zoneId: pick(['in', 'out']), grant, expiresAtMs: atMs + 10_000 },
      { kind: 'presence', ...area, direction: 'in' },
      { kind: 'presence', ...area, direction: 'in' },
      { kind: 'presence', ...area, direction: 'out' },
      { kind: 'firstPerson', ...area },
      { kind: 'companion', ...area, expiresAtMs: atMs + 60_000 },
      { kind: 'companion', ...area, expiresAtMs: atMs + 60_000 },
      { kind: 'count', key: pick(['k', 'l']), by: 1, expiresAtMs: null },
      { kind: 'pass', passId: 'p', by: 1 },
    ]);
    return change;
  });
}

function keysOf(merchantUserKey: string, areaId: string, sinceMs: number): AdmissionKeys {
  return {
    merchantUserKey,
    siteId: 's',
    groups: [],
    repeat: { zoneId: areaId === 'x' ? 'in' : 'out', sinceMs },
    counters: ['k', 'l', 'never'],
    passes: true,
    area: { areaId, sinceMs: START - 6 * HOUR, companionsSinceMs: sinceMs },
  };
}

/** In one form: absent counters are none, and the order of companions means nothing. */
function plain(view: GuardView): GuardView {
  const counters = Object.fromEntries(['k', 'l', 'never'].map((key) => [key, view.counters[key] ?? 0]));
  const companions = (view.area?.companions ?? []).toSorted((a, b) =>
    a.merchantUserKey < b.merchantUserKey ? -1 : 1,
  );
  return { ...view, counters, area: view.area && { ...view.area, companions } };
}

describe('the guard’s memory', () => {
  it('answers as the guard in memory does, after any changes', async () => {
    await runInDurableObject(env.GUARD.getByName('memory'), async (_, state) => {
      const { sql } = state.storage;
      for (let seed = 1; seed <= 60; seed += 1) {
        for (const table of TABLES) sql.exec(`DELETE FROM ${table}`);
        const { memory, passes } = createGuardState(sql);
        const measure = new MemoryGuard();
        const right = { id: 'p', zones: ['in'], maxUses: 3 };
        passes.issue({ ...right, person: { hmac: 'a', sealed: '' }, validFrom: null, validUntil: null });
        measure.addPass({ ...right, merchantUserKey: 'a', validFromMs: null, validUntilMs: null, uses: 0 });
        const roll = createDice(seed);
        const given = new Map<string, Change>();
        for (const [step, change] of randomChanges(roll).entries()) {
          memory.apply([change]);
          memory.remember([change]);
          measure.apply([change]);
          given.set(`d${step}`, change);
          const unused = roll(3) === 0 ? `d${roll(step + 1)}` : '';
          const taken = given.get(unused);
          if (taken !== undefined) {
            given.delete(unused);
            memory.takeBack(unused, [taken]);
            measure.apply(revoke(unused, [taken]));
          }
          for (const person of PEOPLE) {
            for (const areaId of ['x', 'y']) {
              const keys = keysOf(person, areaId, START + ((step * 7) % 12) * 10_000);
              expect(plain(memory.view(keys, 'd')), `seed ${seed}, step ${step}`).toEqual(
                plain(measure.view(keys, 'd')),
              );
            }
          }
        }
      }
    });
  });

  it('makes anew what an earlier shape of its tables held for a few seconds', async () => {
    await runInDurableObject(env.GUARD.getByName('earlier'), async (_, state) => {
      const { sql } = state.storage;
      sql.exec('DROP TABLE IF EXISTS companions');
      sql.exec('CREATE TABLE companions (area_id TEXT, person TEXT, at INTEGER, expires_at INTEGER)');
      const { memory } = createGuardState(sql);
      const about = { decisionId: 'd', merchantUserKey: 'a', atMs: START };
      memory.apply([{ kind: 'companion', ...about, areaId: 'x', expiresAtMs: START + 10_000 }]);
      const after = createGuardState(sql);
      expect(after.memory.view(keysOf('b', 'x', START), 'd').area?.companions).toHaveLength(1);
    });
  });
});
