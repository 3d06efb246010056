import type { PersonReferences } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { MirrorRecord, StoredRow } from '../rows/record.ts';
import { type Database, type Statement, type StatementResult, violatedConstraint } from './database.ts';
import type { MetPerson, PersonCache } from './person-cache.ts';
import { type QuarantineEntry, quarantineStatements } from './quarantine.ts';
import { type CommonOfRows, upsertStatement } from './record-tables.ts';
import { LEASE_MS, type Slice } from './slice-store.ts';

/** Everything one transaction moves: rows, and the checkpoint that says so. */
interface Commit {
  readonly slice: Slice;
  readonly records: readonly MirrorRecord[];
  readonly quarantined: readonly QuarantineEntry[];
  readonly pages: number;
  readonly fetched: number;
  /** How the walk stands behind these rows (JSON), or `done` when the slice is closed. */
  readonly next: { readonly walkState: string | null } | 'done';
  readonly zoneId: number;
  readonly nowMs: number;
  /** What else is to be true with it. */
  readonly also?: readonly Statement[];
}

interface CommitResult {
  /** The slice as it stands now. */
  readonly slice: Slice;
  readonly inserted: number;
  readonly updated: number;
  readonly rowsWritten: number;
}

/** Another owner holds the slice now, or has moved it: nothing was written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  readonly code: 'lease_lost' | 'moved_on';

  constructor(code: LeaseLostError['code']) {
    super(
      code === 'lease_lost'
        ? 'another run took this slice over; its lease ended before this commit'
        : 'this slice was committed beyond the point this commit starts from',
    );
    this.code = code;
  }
}

export interface Committer {
  /** @throws LeaseLostError when the slice is not this owner's to move any more. */
  commit(commit: Commit): Promise<CommitResult>;
}

/** How often a commit whose outcome is unknown or that failed in passing is tried. */
const COMMIT_TRIES = 4;
const RETRY_BASE_MS = 200;
/** A parameter of D1 may have 2 MB; Korean text takes three bytes a character in the worst case. */
const MAX_PAYLOAD_CHARACTERS = 600_000;

export interface CommitterParts {
  readonly database: Database;
  readonly people: PersonReferences;
  readonly known: PersonCache;
  readonly newId: () => string;
  readonly sleep: (ms: number) => Promise<void>;
  /** Has erased people known under the names they would have today. */
  readonly adopt: (keys: readonly string[]) => Promise<void>;
}

export function createCommitter({ database, people, known, newId, sleep, adopt }: CommitterParts): Committer {
  /** After an ambiguous failure: whether the transaction took place after all. */
  const tookPlace = async (slice: Slice, seq: number, commitId: string): Promise<boolean> => {
    const [result] = await database.execute([
      {
        sql: 'SELECT 1 FROM commits WHERE slice_id = ?1 AND seq = ?2 AND commit_id = ?3',
        params: [slice.id, seq, commitId],
      },
    ]);
    return (result?.rows.length ?? 0) > 0;
  };

  return {
    async commit(commit) {
      const { slice, records, next } = commit;
      const commitId = newId();
      const seq = slice.seq + 1;
      const walkState = next === 'done' ? null : next.walkState;
      const met = await known.meet(records.map(({ merchantUserKey }) => merchantUserKey));
      const strangers = strangersIn(met);
      await adopt(strangers.map(({ merchantUserKey }) => merchantUserKey));
      const ids = [...new Set(records.map(({ stored }) => stored[0]))];
      const statements: Statement[] = [fence(commit, seq, commitId, ids)];
      if (strangers.length > 0) statements.push(insertPersons(await sealed(strangers)));
      const firstUpsert = statements.length;
      const common = commonOf(records);
      const instants = common.isOneRequest ? records.slice(0, 1).map(({ requestedAt }) => requestedAt) : [];
      const payloads = payloadsOf(
        records.map((record, index) => {
          const row = named(record, met[index]?.hmac ?? null);
          return common.isOneRequest ? row : [...row, record.requestedAt];
        }),
      );
      for (const payload of payloads) {
        statements.push({
          sql: upsertStatement(slice.stream, common),
          params: [payload, slice.generation, commit.zoneId, ...instants],
        });
      }
      statements.push(
        ...quarantineStatements(slice.stream, commit.quarantined, commit.nowMs),
        ...(commit.also ?? []),
        advance(commit, seq, walkState),
      );

      const committed = { ...slice, seq, walk_state: walkState, attempts: 0 };
      for (let tries = 1; ; tries++) {
        try {
          const results = await database.execute(statements);
          noteStored(strangers);
          const inserted = ids.length - existingIn(results);
          const written = results
            .slice(firstUpsert, firstUpsert + payloads.length)
            .reduce((sum, { changes }) => sum + changes, 0);
          return {
            slice: committed,
            inserted,
            updated: written - inserted,
            rowsWritten: results.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
          };
        } catch (error) {
          const constraint = violatedConstraint(error);
          // A transaction that took place although its answer was lost fails its own fence when it is repeated.
          if (tries > 1 && constraint !== null && (await tookPlace(slice, seq, commitId))) {
            noteStored(strangers);
            return { slice: committed, inserted: 0, updated: 0, rowsWritten: 0 };
          }
          if (constraint === 'commit_lease_held') throw new LeaseLostError('lease_lost');
          if (constraint === 'commit_follows') throw new LeaseLostError('moved_on');
          if (tries === COMMIT_TRIES) throw error;
          await sleep(RETRY_BASE_MS * 2 ** (tries - 1));
        }
      }
    },
  };

  async function sealed(strangers: readonly MetPerson[]): Promise<[string, string][]> {
    return await Promise.all(
      strangers.map(
        async ({ merchantUserKey, hmac }): Promise<[string, string]> => [
          hmac,
          await people.seal(merchantUserKey, hmac),
        ],
      ),
    );
  }
}

function strangersIn(met: readonly (MetPerson | null)[]): readonly MetPerson[] {
  const strangers = new Set<MetPerson>();
  for (const person of met) if (person?.isStored === false) strangers.add(person);
  return [...strangers];
}

function noteStored(people: readonly MetPerson[]): void {
  for (const person of people) person.isStored = true;
}

/**
 * The first statement of a commit: it fails, and everything with it, unless the slice stands where we left it. It
 * says how many of `ids` the mirror has already, since having every written row returned costs more than writing it.
 */
function fence(
  { slice, pages, fetched, nowMs }: Commit,
  seq: number,
  commitId: string,
  ids: readonly string[],
): Statement {
  return {
    sql: `INSERT INTO commits (slice_id, seq, commit_id, pages, fetched, committed_at, lease_held, follows)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6,
            coalesce((SELECT epoch = ?7 AND state = 'open' AND (SELECT stage IS NULL FROM renewal) FROM slices WHERE id = ?1), 0),
            coalesce((SELECT seq = ?2 - 1 FROM slices WHERE id = ?1), 0))
          RETURNING (SELECT count(*) FROM json_each(?9)
            WHERE EXISTS (SELECT 1 FROM ${slice.stream} WHERE generation = ?8 AND id = value)) AS existing`,
    params: [
      slice.id,
      seq,
      commitId,
      pages,
      fetched,
      nowMs,
      slice.epoch,
      slice.generation,
      JSON.stringify(ids),
    ],
  };
}

/** New people, except those who were erased. */
function insertPersons(sealed: readonly (readonly [string, string])[]): Statement {
  return {
    sql: `INSERT INTO persons (hmac, sealed) SELECT value->>0, value->>1 FROM json_each(?1)
          WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE hmac = value->>0)
          ON CONFLICT (hmac) DO NOTHING`,
    params: [JSON.stringify(sealed)],
  };
}

/** The last statement: the checkpoint, which also renews the lease or closes the slice. */
function advance(commit: Commit, seq: number, walkState: string | null): Statement {
  const done = commit.next === 'done';
  // Naming `state` would rewrite the index of open slices with every commit.
  const closes = done ? ", state = 'done', closed_at = ?7" : '';
  return {
    sql: `UPDATE slices SET seq = ?2, walk_state = ?3, pages = pages + ?4, fetched = fetched + ?5,
            lease_until = ?6, attempts = 0, error_code = NULL${closes} WHERE id = ?1`,
    params: [
      commit.slice.id,
      seq,
      walkState,
      commit.pages,
      commit.fetched,
      done ? 0 : commit.nowMs + LEASE_MS,
      ...(done ? [commit.nowMs] : []),
    ],
  };
}

function commonOf(records: readonly MirrorRecord[]): CommonOfRows {
  const instant = records[0]?.requestedAt;
  return {
    isOneRequest: records.every(({ requestedAt }) => requestedAt === instant),
    isWithoutRaw: records.every(({ stored }) => stored[stored.length - 1] === null),
  };
}

/** The row with its person's name, written into it: it is nobody else's. */
function named({ stored }: MirrorRecord, hmac: string | null): StoredRow {
  stored[1] = hmac;
  return stored;
}

/** Rows as JSON, in texts below {@link MAX_PAYLOAD_CHARACTERS}: halves, and halves of these, where one is too long. */
function payloadsOf(rows: readonly (readonly (string | number | null)[])[]): string[] {
  if (rows.length === 0) return [];
  const payload = JSON.stringify(rows);
  if (payload.length <= MAX_PAYLOAD_CHARACTERS || rows.length === 1) return [payload];
  const middle = Math.ceil(rows.length / 2);
  return [...payloadsOf(rows.slice(0, middle)), ...payloadsOf(rows.slice(middle))];
}

const fenceRow = z.object({ existing: z.number() });

function existingIn(results: readonly StatementResult[]): number {
  return fenceRow.parse(results[0]?.rows[0]).existing;
}
