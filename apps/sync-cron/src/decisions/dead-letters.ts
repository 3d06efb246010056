import { type DataCipher, decisionMessage, decisionsIn, personReference } from '@facepass-kit/protocol';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { PresentNames } from '../renewal/present-names.ts';
import { type Database, rowsOf } from '../store/database.ts';
import { storeDecisions } from './decision-store.ts';

export interface DeadLetterParts {
  readonly database: Database;
  readonly cipher: DataCipher;
  readonly now: () => number;
  readonly log: Log;
}

/** Most letters replayed at once: one transaction. */
const LETTERS_PER_REPLAY = 100;

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
    parts.map(async ({ id, part }) => [
      id,
      await cipher.seal(JSON.stringify(part) ?? 'null', context(id)),
      hmacIn(part),
    ]),
  );
  await database.execute([
    {
      sql: `INSERT INTO dead_letters (id, sealed, person_hmac, received_at)
            SELECT value->>0, value->>1, value->>2, ?2 FROM json_each(?1)
            WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE hmac = value->>2)
            ON CONFLICT (id) DO NOTHING`,
      params: [JSON.stringify(letters), now()],
    },
  ]);
  batch.ackAll();
  log.alert('decisions.dead_letters', { decisions: letters.length });
}

const letterRow = z.object({ id: z.string(), sealed: z.string() });

/** What a replay did: `stored` counts letters whose decision is in the mirror now. */
export interface Replay {
  readonly stored: number;
  readonly refused: number;
}

/** Tries the oldest dead letters again, after whatever kept them out has been mended. */
export async function replayDeadLetters({
  database,
  present,
  cipher,
  now,
  log,
}: DeadLetterParts & { readonly present: Pick<PresentNames, 'references'> }): Promise<Replay> {
  const rows = await rowsOf(
    database,
    'SELECT id, sealed FROM dead_letters ORDER BY received_at, id LIMIT ?1',
    [LETTERS_PER_REPLAY],
  );
  const letters = await Promise.all(
    rows.map(async (row) => {
      const { id, sealed } = letterRow.parse(row);
      const body: unknown = JSON.parse(await cipher.open(sealed, context(id)));
      return { id, parsed: decisionMessage.safeParse(body) };
    }),
  );
  const good = letters.filter(({ parsed }) => parsed.success);
  await storeDecisions(
    database,
    present,
    letters.flatMap(({ parsed }) => (parsed.success ? [parsed.data] : [])),
    now(),
  );
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
  log.info('decisions.replayed', { stored: good.length, refused: problems.length });
  return { stored: good.length, refused: problems.length };
}

function hmacIn(body: unknown): string | null {
  const parsed = z.looseObject({ person: personReference }).safeParse(body);
  return parsed.success ? parsed.data.person.hmac : null;
}
