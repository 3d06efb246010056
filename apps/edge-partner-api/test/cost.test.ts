import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { compile, type ReleaseInput } from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';
import { describe, expect, it } from 'vitest';
import { createDoor } from '../src/store/guard/door.ts';
import { createGuardState } from '../src/store/guard/guard-state.ts';
import type { GuardQuestion } from '../src/store/guard-port.ts';
import { freshStores, offices } from './world.ts';

freshStores();

function questionOf(n: number, params: object): GuardQuestion {
  const person = { hmac: `p${n}`.padEnd(43, '.'), sealed: 'k1.x.y' };
  const facts = { status: 'active' as const, groups: ['staff'], tags: {} };
  return {
    requestId: 'r',
    merchantUserKey: `m${n}`,
    person,
    params: { ...params },
    siteId: null,
    member: { person: person.hmac, version: 1, facts },
    livesElsewhere: false,
  };
}

/** What a question costs in the guard's storage: rows written are charged, and statements take time. */
async function costOf(release: ReleaseInput, params: object) {
  return await runInDurableObject(env.GUARD.getByName(crypto.randomUUID()), (_, { storage }) => {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const counting = new Proxy(storage.sql, {
      get(sql, name) {
        if (name !== 'exec') return Reflect.get(sql, name, sql);
        return (...args: Parameters<SqlStorage['exec']>) => {
          const cursor = sql.exec(...args);
          cursors.push(cursor);
          return cursor;
        };
      },
    });
    const state = createGuardState(counting);
    const rules = { hash: 'h', compiled: compile(parseRelease(release)) };
    const door = createDoor(state, (work) => storage.transactionSync(work));
    door.answer(rules, questionOf(1, params), Date.now());
    cursors.length = 0;
    const { answer } = door.answer(rules, questionOf(2, params), Date.now());
    const rowsWritten = cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
    return { verified: answer.verified, rowsWritten, statements: cursors.length };
  });
}

describe('a question costs in the guard’s storage', () => {
  it('one row written, permitted or denied: the decision, over one sent long ago', async () => {
    expect(await costOf(offices, { floor: '10' })).toEqual({ verified: true, rowsWritten: 1, statements: 1 });
    expect(await costOf(offices, { floor: '11' })).toMatchObject({ verified: false, rowsWritten: 1 });
  });

  it('one more where a quota counts it', async () => {
    const quota = { max: 5, per: 'day' as const };
    const rules = [{ ...offices.rules?.[0], quota }] as ReleaseInput['rules'];
    expect(await costOf({ ...offices, rules }, { floor: '10' })).toMatchObject({
      verified: true,
      rowsWritten: 2,
    });
  });

  it('six more where it is about an area: the event, who is inside now, and their indexes', async () => {
    const zones = [{ id: 'hall', match: { gate: 'A' }, direction: 'in' as const, area: 'hall' }];
    const rules = [{ ...offices.rules?.[0], zones: ['hall'] }] as ReleaseInput['rules'];
    const areas = [{ id: 'hall', maxOccupancy: 10 }];
    expect(await costOf({ ...offices, zones, areas, rules }, { gate: 'A' })).toMatchObject({
      verified: true,
      rowsWritten: 7,
    });
  });
});

describe('an answer whose record cannot be written', () => {
  it('spends nothing: what it would have changed is taken back with it', async () => {
    await runInDurableObject(env.GUARD.getByName(crypto.randomUUID()), async (_, { storage }) => {
      const state = createGuardState(storage.sql);
      const quota = { max: 1, per: 'day' as const };
      const rules = [{ ...offices.rules?.[0], quota }] as ReleaseInput['rules'];
      const compiled = compile(parseRelease({ ...offices, rules }));
      const atomically = (work: () => void): void => storage.transactionSync(work);
      const full = {
        append() {
          throw new Error('disk full');
        },
      };
      const ask = (outbox: Pick<typeof state.outbox, 'append'>) =>
        createDoor({ ...state, outbox }, atomically).answer(
          { hash: 'h', compiled },
          questionOf(1, { floor: '10' }),
          Date.now(),
        );
      expect(() => ask(full)).toThrow('disk full');
      expect(storage.sql.exec('SELECT * FROM counters').toArray()).toEqual([]);
      // Nor is the permit taken for one that may be repeated.
      expect(ask(state.outbox)).toMatchObject({ reason: 'permitted' });
      expect(storage.sql.exec('SELECT * FROM counters').toArray()).toMatchObject([{ value: 1 }]);
    });
  });
});
