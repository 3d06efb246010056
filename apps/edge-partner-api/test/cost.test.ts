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
    const question = (n: number): GuardQuestion => {
      const person = { hmac: `p${n}`.padEnd(43, '.'), sealed: 'k1.x.y' };
      const facts = { status: 'active' as const, groups: ['staff'], tags: {} };
      const member = { person: person.hmac, version: 1, facts };
      return {
        requestId: 'r',
        merchantUserKey: `m${n}`,
        person,
        params: { ...params },
        siteId: null,
        member,
        livesElsewhere: false,
      };
    };
    const door = createDoor(state);
    door.answer(rules, question(1), Date.now());
    cursors.length = 0;
    const { answer } = door.answer(rules, question(2), Date.now());
    const rowsWritten = cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
    return { verified: answer.verified, rowsWritten, statements: cursors.length };
  });
}

describe('a question costs in the guard’s storage', () => {
  it('one row written, permitted or denied: the decision, over one sent long ago', async () => {
    expect(await costOf(offices, { floor: '10' })).toEqual({ verified: true, rowsWritten: 1, statements: 3 });
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
