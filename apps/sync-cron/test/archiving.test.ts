import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { r2Archive } from '../src/archive/archive-bucket.ts';
import { type ArchiverParts, archive } from '../src/archive/archiver.ts';
import { archiveDatasets } from '../src/archive/datasets.ts';
import { d1Database } from '../src/store/database.ts';
import { dayMs } from './support/harness.ts';
import { KilledError, mortal } from './support/mortal.ts';
import {
  alerts,
  archiveAll,
  aSettledMonth,
  beginInJanuary,
  harness,
  ids,
  lateRow,
  parts,
  rowsHere,
  rowsThere,
} from './support/settled-month.ts';

beforeEach(beginInJanuary);

describe('archiving', () => {
  it('writes a part anew whose rows changed after they were written, and drops no unproven row', async () => {
    await aSettledMonth();
    let changed = false;
    const bucket = r2Archive(env.ARCHIVE);
    const holds: typeof bucket.holds = async (key, hash) => {
      if (!changed && key.startsWith('verifications/')) {
        changed = true;
        // As a re-walk in between would have it.
        await env.DB.prepare(
          "UPDATE verifications SET status = 'LATER', revision = revision + 1 WHERE id = (SELECT min(id) FROM verifications)",
        ).run();
      }
      return await bucket.holds(key, hash);
    };
    await archiveAll({ bucket: { ...bucket, holds } });
    expect(await rowsHere()).toEqual([]);
    const there = await rowsThere('verifications');
    expect(there).toHaveLength(25);
    expect(there.filter(({ status }) => status === 'LATER')).toHaveLength(1);
  });

  it('does not drop a row that came in the place of one that moved away in time', async () => {
    await aSettledMonth();
    let changed = false;
    const bucket = r2Archive(env.ARCHIVE);
    const holds: typeof bucket.holds = async (key, hash) => {
      if (!changed && key.startsWith('verifications/')) {
        changed = true;
        const first = 'id = (SELECT min(id) FROM verifications)';
        await env.DB.batch([
          env.DB.prepare(
            `INSERT INTO verifications (generation, id, verified_raw, verified_at, zone_id, fetched_at)
             SELECT generation, 'late', verified_raw, verified_at, zone_id, ? FROM verifications WHERE ${first}`,
          ).bind(harness.nowMs),
          env.DB.prepare(
            `UPDATE verifications SET verified_at = verified_at + ?, revision = revision + 1 WHERE ${first}`,
          ).bind(90 * dayMs),
        ]);
      }
      return await bucket.holds(key, hash);
    };
    await archiveAll({ bucket: { ...bucket, holds } });
    expect(await rowsHere()).toHaveLength(1);
    expect(ids(await rowsThere('verifications'))).toContain('late');
  });

  it('never writes over a file that another run has proven, though it was overtaken while it wrote', async () => {
    await aSettledMonth();
    const bucket = r2Archive(env.ARCHIVE);
    let overtaken = false;
    const put: typeof bucket.put = async (key, file, hash) => {
      if (!overtaken) {
        overtaken = true;
        await lateRow();
        await archiveAll();
      }
      await bucket.put(key, file, hash);
    };
    await archiveAll({ bucket: { ...bucket, put } });
    expect(await rowsHere()).toEqual([]);
    expect(new Set(ids(await rowsThere('verifications'))).size).toBe(26);
  });

  it('does not drop rows whose file was lost or is another, and writes them anew', async () => {
    await aSettledMonth();
    let steps = 0;
    const bucket = r2Archive(env.ARCHIVE);
    const holds: typeof bucket.holds = async (key, hash) => {
      if (++steps === 1) await env.ARCHIVE.delete(key);
      if (steps === 3) await env.ARCHIVE.put(key, 'something else');
      return await bucket.holds(key, hash);
    };
    await archiveAll({ bucket: { ...bucket, holds } });
    expect(alerts.map(({ event }) => event)).toEqual(['archive.file_lost', 'archive.file_lost']);
    expect(await rowsHere()).toEqual([]);
    expect(await rowsThere('verifications')).toHaveLength(25);
  });

  it('drops nothing when what was read back is not what was written', async () => {
    await aSettledMonth();
    const bucket = r2Archive(env.ARCHIVE);
    const dataset = archiveDatasets.find(({ name }) => name === 'decisions');
    const wrong = new Map<string, ArrayBuffer>();
    const get: typeof bucket.get = async (key) => {
      const file = await bucket.get(key);
      const other = [...wrong.values()][0];
      if (file !== null) wrong.set(key, file);
      return other ?? file;
    };
    for (let runs = 0; runs < 5; runs++) await archive(parts({ bucket: { ...bucket, get } }));
    expect(dataset).toBeDefined();
    expect(alerts.map(({ event }) => event)).toContain('archive.not_read_back');
    expect(await rowsHere()).toHaveLength(25);
  });

  it('ends with the same, killed at any of its contacts with the outside', async () => {
    await aSettledMonth(16);
    const before = ids(await rowsHere());
    const whole = mortalParts(Number.POSITIVE_INFINITY);
    const rowsPerPart = 15;
    const snapshot = await dump();
    await archiveAll({ ...whole.parts, rowsPerPart });
    const contacts = whole.contacts();
    expect(contacts).toBeGreaterThan(30);
    for (let moment = 0; moment < contacts * 2; moment++) {
      await restore(snapshot);
      const dying = mortalParts(moment);
      await archiveAll({ ...dying.parts, rowsPerPart }).catch((error: unknown) => {
        if (!(error instanceof KilledError)) throw error;
      });
      const inBoth = [...ids(await rowsHere()), ...ids(await rowsThere('verifications'))].sort();
      expect(inBoth, `killed at ${moment}`).toEqual(before);
      await archiveAll({ rowsPerPart });
      expect(await rowsHere(), `killed at ${moment}`).toEqual([]);
      expect(ids(await rowsThere('verifications')), `killed at ${moment}`).toEqual(before);
    }
  });

  it('done by two at once loses nothing and keeps nothing twice', async () => {
    await aSettledMonth();
    const before = ids(await rowsHere());
    for (let round = 0; round < 12; round++) await Promise.all([archive(parts()), archive(parts())]);
    expect(await rowsHere()).toEqual([]);
    expect(ids(await rowsThere('verifications'))).toEqual(before);
  });

  it('stops within its budget and goes on in the next run', async () => {
    await aSettledMonth();
    let runs = 0;
    for (;;) {
      let left = 2;
      if ((await archive(parts({ mayGoOn: () => left-- > 0 }))) === 0) break;
      runs++;
    }
    expect(runs).toBeGreaterThan(4);
    expect(await rowsThere('verifications')).toHaveLength(25);
  });
});

/** Every table that archiving touches, and how to bring it back. */
const tables = ['verifications', 'decisions', 'archive_months', 'archive_parts'] as const;

async function dump(): Promise<Map<string, Record<string, unknown>[]>> {
  const all = new Map<string, Record<string, unknown>[]>();
  for (const table of tables) all.set(table, (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results);
  return all;
}

async function restore(all: ReadonlyMap<string, Record<string, unknown>[]>): Promise<void> {
  await env.DB.batch(
    [...all].flatMap(([table, rows]) => [
      env.DB.prepare(`DELETE FROM ${table}`),
      ...rows.map((row) => {
        const names = Object.keys(row);
        return env.DB.prepare(
          `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        ).bind(...Object.values(row));
      }),
    ]),
  );
  const { objects } = await env.ARCHIVE.list();
  if (objects.length > 0) await env.ARCHIVE.delete(objects.map(({ key }) => key));
}

/** Parts whose every contact with D1 and R2 may be the last. */
function mortalParts(moment: number): { parts: Partial<ArchiverParts>; contacts: () => number } {
  const life = mortal(moment, { fetch: async () => new Response(), database: env.DB });
  const bucket = r2Archive(env.ARCHIVE);
  return {
    contacts: () => life.contacts,
    parts: {
      database: d1Database(life.database),
      bucket: {
        put: (key, file, hash) => life.contact(() => bucket.put(key, file, hash)),
        get: (key) => life.contact(() => bucket.get(key)),
        holds: (key, hash) => life.contact(() => bucket.holds(key, hash)),
      },
    },
  };
}
