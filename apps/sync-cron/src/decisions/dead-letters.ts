import { type DataCipher, decisionMessage, decisionsIn, personReference } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { PresentNames } from '../renewal/present-names.ts';
import { type Database, rowsOf } from '../store/database.ts';
import { inParameters } from '../store/in-parameters.ts';
import { storeDecisions } from './decision-store.ts';

export interface DeadLetterParts {
  readonly database: Database;
  readonly cipher: DataCipher;
  readonly now: () => number;
  readonly log: Log;
}

/** Letters looked at together. */
const LETTERS_PER_PAGE = 100;

const context = (id: string): string => `dead-letter:${id}`;

/**
 * Puts a batch of the dead-letter queue to rest, sealed, each decision once: one letter for each, however many came
 * in one message, so that erasing a person takes theirs and leaves the others.
 */
export async function keepDeadLetters(
  batch: MessageBatch<unknown>,
  { database, cipher, now, log }: DeadLetterParts,
): Promise<void> {
  const parts = batch.messages.flatMap(({ id, body }) =>
    decisionsIn(body).map((part, position) => ({ id: position === 0 ? id : `${id}/${position}`, part })),
  );
  const letters = await Promise.all(
    parts.map(
      async ({ id, part }): Promise<readonly [string, string, string | null]> => [
        id,
        await cipher.seal(JSON.stringify(part) ?? 'null', context(id)),
        hmacIn(part),
      ],
    ),
  );
  for (const some of inParameters(letters, ([, sealed]) => sealed.length)) {
    await database.execute([
      {
        sql: `INSERT INTO dead_letters (id, sealed, person_hmac, received_at)
              SELECT value->>0, value->>1, value->>2, ?2 FROM json_each(?1)
              WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE hmac = value->>2)
              ON CONFLICT (id) DO NOTHING`,
        params: [JSON.stringify(some), now()],
      },
    ]);
  }
  batch.ackAll();
  log.alert('decisions.dead_letters', { decisions: letters.length });
}

const letterRow = z.object({ id: z.string(), sealed: z.string(), received_at: z.number() });

/** What a replay did: `stored` counts letters whose decision is in the mirror now. */
export interface Replay {
  readonly stored: number;
  readonly refused: number;
}

export interface ReplayParts extends DeadLetterParts {
  readonly present: Pick<PresentNames, 'references'>;
  /** Whether the invocation's budget has room for another page of letters. */
  readonly mayGoOn: () => boolean;
}

/** Tries all dead letters again, oldest first, after whatever kept them out has been mended. */
export async function replayDeadLetters(parts: ReplayParts): Promise<Replay> {
  const { database, log, mayGoOn } = parts;
  const replay = { stored: 0, refused: 0 };
  let last: readonly [number, string] = [Number.MIN_SAFE_INTEGER, ''];
  while (mayGoOn()) {
    const rows = await rowsOf(
      database,
      `SELECT id, sealed, received_at FROM dead_letters WHERE (received_at, id) > (?1, ?2)
       ORDER BY received_at, id LIMIT ?3`,
      [...last, LETTERS_PER_PAGE],
    );
    const page = rows.map((row) => letterRow.parse(row));
    const end = page.at(-1);
    if (end === undefined) break;
    const { stored, refused } = await replayPage(page, parts);
    replay.stored += stored;
    replay.refused += refused;
    last = [end.received_at, end.id];
  }
  log.info('decisions.replayed', { ...replay });
  return replay;
}

async function replayPage(
  page: readonly z.infer<typeof letterRow>[],
  { database, present, cipher, now }: ReplayParts,
): Promise<Replay> {
  const letters = await Promise.all(
    page.map(async ({ id, sealed }) => {
      const body: unknown = JSON.parse(await cipher.open(sealed, context(id)));
      return { id, parsed: decisionMessage.safeParse(body) };
    }),
  );
  const good = letters.flatMap(({ id, parsed }) => (parsed.success ? [{ id, decision: parsed.data }] : []));
  for (const some of inParameters(good, ({ decision }) => JSON.stringify(decision).length)) {
    const decisions = some.map(({ decision }) => decision);
    await storeDecisions(database, present, decisions, now());
  }
  const problems = letters.flatMap(({ id, parsed }) =>
    parsed.success ? [] : [[id, parsed.error.issues[0]?.path.map(String).join('.') ?? '']],
  );
  await database.execute([
    {
      sql: 'DELETE FROM dead_letters WHERE id IN (SELECT value FROM json_each(?1))',
      params: [JSON.stringify(good.map(({ id }) => id))],
    },
    {
      sql: `UPDATE dead_letters SET problem = (SELECT 'unreadable ' || (value->>1) FROM json_each(?1)
              WHERE value->>0 = dead_letters.id)
            WHERE id IN (SELECT value->>0 FROM json_each(?1))`,
      params: [JSON.stringify(problems)],
    },
  ]);
  return { stored: good.length, refused: problems.length };
}

function hmacIn(body: unknown): string | null {
  const parsed = z.looseObject({ person: personReference }).safeParse(body);
  return parsed.success ? parsed.data.person.hmac : null;
}
