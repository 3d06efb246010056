import { type Database, type Statement, violatedConstraint } from '../store/database.ts';

/**
 * A database that takes nothing that was prepared under names which a renewal has begun to move since, or has moved:
 * an erasure would miss its person under their new name, and say that it was done.
 *
 * @param under the pepper that the names were made with, as it stands in `renewal`
 * @param moved what is thrown instead of writing
 */
export function fencedDatabase(database: Database, under: string | null, moved: () => Error): Database {
  // There is one row of renewal, and its CHECK on `id` refuses this one: the transaction fails as a whole.
  const fence: Statement = {
    sql: 'INSERT INTO renewal (id) SELECT 0 FROM renewal WHERE stage IS NOT NULL OR pepper IS NOT ?1',
    params: [under],
  };
  return {
    async execute(statements) {
      try {
        const [, ...results] = await database.execute([fence, ...statements]);
        return results;
      } catch (error) {
        throw violatedConstraint(error) === 'id' ? moved() : error;
      }
    },
  };
}
