import { type DataCipher, personReference } from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf, type Statement } from '../store/database.ts';
import type { Namings } from './naming.ts';

/** Brings what is stored under the current pepper and data key, a part at each call. */
export interface Renewal {
  /** One step; may be repeated and interrupted anywhere. */
  step(): Promise<{ renewed: number; done: boolean }>;
  /** Steps until it is done, or this invocation may not take as many statements more. */
  goOn(hasRoom: (queries: number) => boolean): Promise<void>;
}

interface RenewalParts {
  readonly database: Database;
  readonly cipher: DataCipher;
  readonly namings: Namings;
}

/** Each is opened, hashed and sealed; one transaction. */
const ROWS_PER_STEP = 500;

/** The largest part: where it stands, its rows, people, whom to forget of them, three other tables, where it stands. */
const QUERIES_PER_STEP = 8;

/** People come once more at the end: a run that began before may have met somebody new. */
const STAGES = ['persons', 'leavers', 'tombstones', 'quarantine', 'dead_letters', 'late_persons'] as const;
type Stage = (typeof STAGES)[number];

const position = z.object({
  pepper: z.string().nullable(),
  stage: z.enum(STAGES).nullable(),
  cursor: z.string(),
});

const named = z.object({ id: z.number(), hmac: z.string(), sealed: z.string() });
const leaver = z.object({ person: z.string(), sealed: z.string() });
const tombstone = z.object({ hmac: z.string() });
const quarantined = z.object({
  fingerprint: z.string(),
  sealed: z.string(),
  person_hmac: z.string().nullable(),
});
const letter = z.object({ id: z.string(), sealed: z.string(), person_hmac: z.string().nullable() });

/** A part of a stage: the statements that do it, how many rows it looked at, and the last of them. */
interface Part {
  readonly statements: readonly Statement[];
  readonly rows: number;
  readonly renewed: number;
  readonly cursor: string;
}

export function createRenewal({ database, cipher, namings }: RenewalParts): Renewal {
  const { people, index, pepperId } = namings.target;

  const page = async <S extends z.ZodType>(
    row: S,
    sql: string,
    cursor: string | number,
  ): Promise<z.infer<S>[]> =>
    (await rowsOf(database, `${sql} LIMIT ${ROWS_PER_STEP}`, [cursor])).map((one) => row.parse(one));

  /** A person's name and key as they are to be, and whether anything of them changes. */
  const renamed = async ({ hmac, sealed }: { readonly hmac: string; readonly sealed: string }) => {
    const { hmac: to, sealed: anew } = await people.of(await people.open({ hmac, sealed }));
    return { from: hmac, to, sealed: anew, due: hmac !== to || cipher.isStale(sealed) };
  };

  const persons = async (cursor: string): Promise<Part> => {
    const rows = await page(
      named,
      'SELECT id, hmac, sealed FROM persons WHERE hmac IS NOT NULL AND id > ?1 ORDER BY id',
      Number(cursor || '0'),
    );
    const moved = await Promise.all(
      rows.map(async ({ id, hmac, sealed }) => {
        return { id, ...(await renamed({ hmac, sealed })) };
      }),
    );
    const due = moved.filter((row) => row.due);
    const json = JSON.stringify(due);
    return {
      statements: [
        {
          sql: `UPDATE persons SET hmac = value->>'to', sealed = value->>'sealed' FROM json_each(?1)
                  WHERE persons.id = value->>'id' AND hmac = value->>'from'`,
          params: [json],
        },
        // Erased by the directory under the new name, while the mirror still had the old one.
        {
          sql: `UPDATE persons SET hmac = NULL, sealed = NULL,
                    erased_at = (SELECT erased_at FROM tombstones WHERE tombstones.hmac = persons.hmac)
                  WHERE hmac IN (SELECT value->>'to' FROM json_each(?1)) AND hmac IN (SELECT hmac FROM tombstones)`,
          params: [json],
        },
        ...renames(json),
      ],
      rows: rows.length,
      renewed: due.length,
      cursor: String(rows.at(-1)?.id ?? cursor),
    };
  };

  const parts: Readonly<Record<Stage, (cursor: string) => Promise<Part>>> = {
    persons,
    late_persons: persons,

    async leavers(cursor) {
      const rows = await page(
        leaver,
        'SELECT person, sealed FROM leavers WHERE sealed IS NOT NULL AND person > ?1 ORDER BY person',
        cursor,
      );
      const moved = await Promise.all(rows.map(({ person, sealed }) => renamed({ hmac: person, sealed })));
      const due = moved.filter((row) => row.due);
      const json = JSON.stringify(due);
      return {
        statements: [
          {
            sql: `UPDATE OR REPLACE leavers SET person = value->>'to', sealed = value->>'sealed' FROM json_each(?1)
                  WHERE person = value->>'from'`,
            params: [json],
          },
          ...renames(json),
        ],
        rows: rows.length,
        renewed: due.length,
        cursor: rows.at(-1)?.person ?? cursor,
      };
    },

    async tombstones() {
      const rows =
        namings.now.index === index
          ? []
          : await page(tombstone, 'SELECT hmac FROM tombstones WHERE pepper IS NOT ?1', pepperId);
      const moved = await Promise.all(
        rows.map(async ({ hmac }) => ({ from: hmac, to: await people.wrap(hmac) })),
      );
      const json = JSON.stringify(moved);
      return {
        statements: [
          {
            sql: `UPDATE tombstones SET hmac = value->>'to', pepper = ?2 FROM json_each(?1)
                  WHERE hmac = value->>'from'`,
            params: [json, pepperId],
          },
          {
            sql: `UPDATE OR REPLACE leavers SET person = value->>'to' FROM json_each(?1)
                  WHERE person = value->>'from' AND leavers.sealed IS NULL`,
            params: [json],
          },
          ...renames(json),
        ],
        rows: rows.length,
        renewed: rows.length,
        cursor: '',
      };
    },

    async quarantine(cursor) {
      const rows = await page(
        quarantined,
        'SELECT fingerprint, sealed, person_hmac FROM quarantine WHERE fingerprint > ?1 ORDER BY fingerprint',
        cursor,
      );
      const moved = await Promise.all(
        rows.map(async ({ fingerprint: from, sealed, person_hmac }) => {
          const content = await cipher.open(sealed, `quarantine:${from}`);
          const to = await index.of('historyRow', content);
          const key = keyIn(content);
          return {
            from,
            to,
            sealed: await cipher.seal(content, `quarantine:${to}`),
            person: key === null ? person_hmac : await people.hmac(key),
            due: from !== to || cipher.isStale(sealed),
          };
        }),
      );
      const due = moved.filter((row) => row.due);
      return {
        statements: [
          {
            sql: `UPDATE OR REPLACE quarantine SET fingerprint = value->>'to', sealed = value->>'sealed',
                    person_hmac = value->>'person' FROM json_each(?1) WHERE fingerprint = value->>'from'`,
            params: [JSON.stringify(due)],
          },
        ],
        rows: rows.length,
        renewed: due.length,
        cursor: rows.at(-1)?.fingerprint ?? cursor,
      };
    },

    async dead_letters(cursor) {
      const rows = await page(
        letter,
        'SELECT id, sealed, person_hmac FROM dead_letters WHERE id > ?1 ORDER BY id',
        cursor,
      );
      const moved = await Promise.all(
        rows.map(async ({ id, sealed, person_hmac }) => {
          const content = await cipher.open(sealed, `dead-letter:${id}`);
          const parsed = z.looseObject({ person: personReference }).safeParse(JSON.parse(content));
          const key = parsed.success ? await people.open(parsed.data.person).catch(() => null) : null;
          return {
            id,
            sealed: await cipher.seal(content, `dead-letter:${id}`),
            person: key === null ? person_hmac : await people.hmac(key),
          };
        }),
      );
      return {
        statements: [
          {
            sql: `UPDATE dead_letters SET sealed = value->>'sealed', person_hmac = value->>'person'
                  FROM json_each(?1) WHERE dead_letters.id = value->>'id'`,
            params: [JSON.stringify(moved)],
          },
        ],
        rows: rows.length,
        renewed: moved.length,
        cursor: rows.at(-1)?.id ?? cursor,
      };
    },
  };

  const renewal: Renewal = {
    async step() {
      const [row] = await rowsOf(database, 'SELECT pepper, stage, cursor FROM renewal');
      const { stage: stored, cursor } = position.parse(row);
      if (stored === null) {
        // Announced first: from here on nothing else is read or written under names that are half moved.
        await database.execute([
          { sql: `UPDATE renewal SET stage = ?1, cursor = '' WHERE stage IS NULL`, params: [STAGES[0]] },
        ]);
        return { renewed: 0, done: false };
      }
      const stage = stored;
      const part = await parts[stage](cursor);
      const over = part.rows < ROWS_PER_STEP;
      const next = over ? (STAGES[STAGES.indexOf(stage) + 1] ?? null) : stage;
      const done = over && next === null;
      await database.execute([
        ...part.statements,
        {
          sql: `UPDATE renewal SET stage = ?1, cursor = ?2, pepper = CASE WHEN ?3 THEN ?4 ELSE pepper END
                WHERE stage = ?5 AND cursor = ?6`,
          params: [next, over ? '' : part.cursor, done ? 1 : 0, pepperId, stage, cursor],
        },
      ]);
      return { renewed: part.renewed, done };
    },
    async goOn(hasRoom) {
      while (hasRoom(QUERIES_PER_STEP) && !(await renewal.step()).done);
    },
  };
  return renewal;
}

/** Where else the names stand. */
function renames(json: string): Statement[] {
  return [
    ['quarantine', 'person_hmac'],
    ['dead_letters', 'person_hmac'],
    ['leaver_events', 'person'],
  ].map(([table, column]) => ({
    sql: `UPDATE ${table} SET ${column} = value->>'to' FROM json_each(?1) WHERE ${column} = value->>'from'`,
    params: [json],
  }));
}

function keyIn(content: string): string | null {
  try {
    const parsed = z.looseObject({ merchantUserKey: z.string().min(1) }).safeParse(JSON.parse(content));
    return parsed.success ? parsed.data.merchantUserKey : null;
  } catch {
    // Cut short when it was set aside.
    return null;
  }
}
