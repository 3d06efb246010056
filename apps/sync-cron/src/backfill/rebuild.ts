import { type MirrorStream, mirrorStream } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { type Database, rowsOf, type Statement } from '../store/database.ts';
import { provenAgainFrom } from '../store/proof-store.ts';
import {
  carryStatement,
  dropStatement,
  lastIdStatement,
  oldestZoneStatement,
  rememberStatement,
  stayErasedStatement,
} from '../store/record-tables.ts';
import { cut } from '../sync/plan.ts';

/**
 * A rebuild reads a whole history again into a generation of its own. Until it is done everybody reads the
 * generation before, which is kept up to date meanwhile. Then, while nothing of the stream is committed,
 * - what the generation before learnt since is carried over, the later copy of a row winning;
 * - what FacePass did not give again, in no slice, is carried over marked absent, where it did not refuse that stretch;
 * - readers change over, in one transaction; and the rows nobody reads any more are dropped.
 *
 * Months that were moved out of the database stay as they are.
 */
export interface Rebuild {
  /** Plans the reading, for both histories; one that is under way goes on instead. */
  start(): Promise<void>;
  /** A bounded piece of the changing over. */
  conclude(mayGoOn: () => boolean): Promise<'more' | 'done'>;
}

/** Rows compared, and rows dropped, in one statement: well below the 30 seconds that D1 allows. */
const ROWS_PER_STATEMENT = 5_000;
/** The farthest apart that two time zones' clocks are: UTC-12 and UTC+14. */
const ZONES_APART_MS = 26 * 3_600_000;

const currentRow = z.object({
  stream: mirrorStream,
  generation: z.number(),
  /** Where the history begins, and where what of it is not archived does. */
  begins: z.number().nullable(),
  planned_from: z.number().nullable(),
  planned_until: z.number().nullable(),
  next: z.number(),
  filling: z.number().nullable(),
});
type Current = z.infer<typeof currentRow>;
const zoneRow = z.object({ zone: z.string() });

const filledRow = z.object({
  stream: mirrorStream,
  current: z.number(),
  filled: z.number(),
  carried_to: z.string(),
  filled_since: z.number(),
  planned_from: z.number(),
  planned_until: z.number(),
});
type Filled = z.infer<typeof filledRow>;

const retiredRow = z.object({ stream: mirrorStream, generation: z.number() });
const lastRow = z.object({ last: z.string().nullable() });
const absentRow = z.object({ absent: z.number().nullable() });

export function createRebuild(
  database: Database,
  { now, log, timeZone }: { readonly now: () => number; readonly log: Log; readonly timeZone: string },
): Rebuild {
  /** Rows whose times were read in another zone may have happened before the history begins, and are to be found there. */
  const beginning = async ({ stream, generation, planned_from, begins }: Current): Promise<number | null> => {
    if (planned_from === null || planned_from !== begins) return planned_from;
    const [oldest] = await rowsOf(database, oldestZoneStatement(stream), [generation]);
    const zone = oldest === undefined ? timeZone : zoneRow.parse(oldest).zone;
    return zone === timeZone ? planned_from : planned_from - ZONES_APART_MS;
  };

  /** Carries the rest of the rows over, a chunk a transaction. */
  const carry = async (filled: Filled, mayGoOn: () => boolean): Promise<boolean> => {
    const { stream, current, filled: next } = filled;
    let after = filled.carried_to;
    let carried = 0;
    let absent = 0;
    let isAllCarried = false;
    while (!isAllCarried && mayGoOn()) {
      const [end] = await rowsOf(database, lastIdStatement(stream), [current, after, ROWS_PER_STATEMENT]);
      const { last } = lastRow.parse(end);
      isAllCarried = last === null;
      if (last === null) break;
      const [result] = await database.execute([
        {
          sql: carryStatement(stream),
          params: [
            current,
            next,
            after,
            last,
            filled.filled_since,
            filled.planned_from,
            filled.planned_until,
            now(),
          ],
        },
        { sql: rememberStatement(stream), params: [current, next, after, last] },
        { sql: stayErasedStatement(stream), params: [current, next, after, last] },
        {
          sql: 'UPDATE generations SET carried_to = ?3 WHERE stream = ?1 AND generation = ?2',
          params: [stream, next, last],
        },
      ]);
      carried += result?.rows.length ?? 0;
      absent += (result?.rows ?? []).filter((row) => absentRow.parse(row).absent === 1).length;
      after = last;
    }
    if (carried > 0) log.info('sync.rebuild_carried', { stream, carried, absent });
    if (absent > 0) log.alert('sync.rebuild_absent', { stream, rows: absent });
    return isAllCarried;
  };

  const drop = async (stream: MirrorStream, generation: number, mayGoOn: () => boolean): Promise<boolean> => {
    while (mayGoOn()) {
      const [result] = await database.execute([
        { sql: dropStatement(stream), params: [generation, ROWS_PER_STATEMENT] },
      ]);
      if ((result?.changes ?? 0) > 0) continue;
      await database.execute([
        {
          sql: "UPDATE generations SET phase = 'gone' WHERE stream = ?1 AND generation = ?2 AND phase = 'retired'",
          params: [stream, generation],
        },
        {
          sql: 'DELETE FROM missing_rows WHERE stream = ?1 AND generation = ?2',
          params: [stream, generation],
        },
      ]);
      return true;
    }
    return false;
  };

  return {
    async start() {
      const rows = await rowsOf(
        database,
        `SELECT stream, streams.generation, planned_until, planned_from AS begins,
           max(planned_from, coalesce((SELECT max(to_ms) FROM archive_months AS a
             WHERE a.dataset = streams.stream AND a.generation = streams.generation), planned_from)) AS planned_from,
           (SELECT max(generation) + 1 FROM generations AS g WHERE g.stream = streams.stream) AS next,
           (SELECT max(generation) FROM generations AS g WHERE g.stream = streams.stream AND phase = 'filling') AS filling
         FROM streams JOIN generations USING (stream, generation)`,
      );
      const statements: Statement[] = [];
      for (const row of rows) {
        const current = currentRow.parse(row);
        statements.push(...startStatements({ ...current, planned_from: await beginning(current) }, now()));
      }
      if (statements.length > 0) await database.execute(statements);
    },
    async conclude(mayGoOn) {
      const filled = await rowsOf(
        database,
        `SELECT stream, streams.generation AS current, generations.generation AS filled, carried_to, filled_since,
           planned_from, planned_until
         FROM generations JOIN streams USING (stream)
         WHERE phase = 'filling' AND NOT EXISTS (SELECT 1 FROM slices WHERE slices.stream = generations.stream
           AND slices.generation = generations.generation AND slices.state = 'open' AND set_aside_at IS NULL)`,
      );
      for (const row of filled) {
        const one = filledRow.parse(row);
        await database.execute(freezeStatements(one));
        if (!(await carry(one, mayGoOn))) return 'more';
        const switched = (await database.execute(switchStatements(one))).at(-1);
        if (switched?.changes === 1) log.info('sync.rebuilt', { stream: one.stream, generation: one.filled });
      }
      const retired = await rowsOf(
        database,
        "SELECT stream, generation FROM generations WHERE phase = 'retired'",
      );
      for (const row of retired) {
        const { stream, generation } = retiredRow.parse(row);
        if (!(await drop(stream, generation, mayGoOn))) return 'more';
      }
      return 'done';
    },
  };
}

function startStatements(
  { stream, generation, planned_from, planned_until, next, filling }: Current,
  nowMs: number,
): Statement[] {
  if (filling !== null || planned_from === null || planned_until === null) return [];
  const slices = cut(planned_from, planned_until).map(({ fromMs, toMs }) => [fromMs, toMs]);
  return [
    {
      sql: `INSERT INTO generations (stream, generation, planned_from, planned_until, phase, filled_since)
            SELECT ?1, ?2, ?3, ?4, 'filling', ?5
            WHERE (SELECT generation FROM streams WHERE stream = ?1) = ?6
            ON CONFLICT (stream, generation) DO NOTHING`,
      params: [stream, next, planned_from, planned_until, nowMs, generation],
    },
    {
      sql: `INSERT INTO slices (stream, generation, kind, from_ms, to_ms, created_at)
            SELECT ?1, ?2, 'backfill', value->>0, value->>1, ?4 FROM json_each(?3)
            WHERE EXISTS (SELECT 1 FROM generations WHERE stream = ?1 AND generation = ?2 AND filled_since = ?4)
              AND NOT EXISTS (SELECT 1 FROM slices WHERE stream = ?1 AND generation = ?2)`,
      params: [stream, next, JSON.stringify(slices), nowMs],
    },
  ];
}

/**
 * Nothing of the stream is claimed from here on, and what is being read cannot be committed any more. Nothing happens where
 * another has changed over meanwhile: the stream would stand still for ever.
 */
function freezeStatements({ stream, current, filled }: Filled): Statement[] {
  return [
    {
      sql: `UPDATE streams SET switching_to = ?2 WHERE stream = ?1 AND switching_to IS NULL
              AND EXISTS (SELECT 1 FROM generations WHERE stream = ?1 AND generation = ?2 AND phase = 'filling')`,
      params: [stream, filled],
    },
    {
      sql: `UPDATE slices SET epoch = epoch + 1, lease_until = 0
            WHERE stream = ?1 AND generation IN (?2, ?3) AND state = 'open' AND ${isSwitching('?3')}`,
      params: [stream, current, filled],
    },
  ];
}

/** Whether the stream (`?1`) is about to change over to a generation: from its being frozen until it has. */
function isSwitching(filled: string): string {
  return `EXISTS (SELECT 1 FROM streams WHERE stream = ?1 AND switching_to = ${filled})`;
}

/** Readers change over, once; what was open goes on in the new generation from its beginning, and is all proven again. */
function switchStatements({ stream, current, filled, planned_from }: Filled): Statement[] {
  return [
    {
      sql: `UPDATE slices SET generation = ?3, walk_state = NULL
            WHERE stream = ?1 AND generation = ?2 AND state = 'open' AND ${isSwitching('?3')}`,
      params: [stream, current, filled],
    },
    {
      sql: `UPDATE generations SET phase = 'kept',
              planned_from = (SELECT min(planned_from, generations.planned_from) FROM generations AS g
                WHERE g.stream = ?1 AND g.generation = ?2),
              planned_until = (SELECT planned_until FROM generations AS g WHERE g.stream = ?1 AND g.generation = ?2),
              rewalks = (SELECT ${provenAgainFrom('g.rewalks', '?4')} FROM generations AS g
                WHERE g.stream = ?1 AND g.generation = ?2)
            WHERE stream = ?1 AND generation = ?3 AND ${isSwitching('?3')}`,
      params: [stream, current, filled, planned_from],
    },
    // What was moved out of the database was not read again, and still belongs to the history.
    ...['archive_months', 'archive_parts'].map((table) => ({
      sql: `UPDATE ${table} SET generation = ?3 WHERE dataset = ?1 AND generation = ?2 AND ${isSwitching('?3')}`,
      params: [stream, current, filled],
    })),
    ...(stream === 'registrations'
      ? [
          {
            sql: `INSERT INTO waiting_hours (generation, hour_ms, walked_at)
                  SELECT ?3, hour_ms, walked_at FROM waiting_hours WHERE generation = ?2 AND ${isSwitching('?3')}
                  ON CONFLICT DO NOTHING`,
            params: [stream, current, filled],
          },
          { sql: 'DELETE FROM waiting_hours WHERE generation = ?1', params: [current] },
        ]
      : []),
    {
      sql: `UPDATE generations SET phase = 'retired' WHERE stream = ?1 AND generation = ?2 AND ${isSwitching('?3')}`,
      params: [stream, current, filled],
    },
    {
      sql: 'UPDATE streams SET generation = ?2, switching_to = NULL WHERE stream = ?1 AND switching_to = ?2',
      params: [stream, filled],
    },
  ];
}
