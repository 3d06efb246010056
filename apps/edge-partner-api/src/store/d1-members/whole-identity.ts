import { type MemberIdentity, memberIdentity } from '@facepass-kit/protocol';
import type { MemberWrite } from '../member-directory.ts';
import { type MemberRow, openIdentity, type Sealing, type WholeWrite } from './rows.ts';

// Keys of a literal, which Object.keys widens to string.
const FIELDS = Object.keys(memberIdentity.shape) as (keyof MemberIdentity)[];

type Stored = Pick<MemberRow, 'person' | 'identity' | 'version'>;

/**
 * Completes identities of which a part is written by what is stored: they are sealed as a whole, so no statement can. The
 * version they were completed from goes with them, and over another one nothing is written.
 */
export async function wholeIdentities(
  db: D1Database,
  sealing: Sealing,
  writes: readonly MemberWrite[],
): Promise<WholeWrite[]> {
  const names = await Promise.all(
    writes.map(async ({ merchantUserKey, identity }) =>
      identity && FIELDS.some((field) => identity[field] === undefined)
        ? await sealing.people.hmac(merchantUserKey)
        : null,
    ),
  );
  const stored = new Map<string, Stored>();
  if (names.some((name) => name !== null)) {
    const { results } = await db
      .prepare(
        'SELECT person, identity, version FROM members WHERE person IN (SELECT value FROM json_each(?1))',
      )
      .bind(JSON.stringify(names))
      .all<Stored>();
    for (const row of results) stored.set(row.person, row);
  }
  return await Promise.all(
    writes.map(async ({ identity, ...write }, position): Promise<WholeWrite> => {
      const name = names[position] ?? null;
      const row = stored.get(name ?? '');
      const before = row === undefined ? {} : await openIdentity(sealing, row);
      return {
        ...write,
        identity: identity === null ? {} : identity && merged(before, identity),
        over: name === null ? null : (row?.version ?? 0),
      };
    }),
  );
}

function merged(before: MemberIdentity, written: NonNullable<MemberWrite['identity']>): MemberIdentity {
  const identity: { -readonly [K in keyof MemberIdentity]: MemberIdentity[K] } = {};
  for (const field of FIELDS) {
    const text = written[field] === undefined ? before[field] : written[field];
    if (text !== undefined && text !== null) identity[field] = text;
  }
  return identity;
}
