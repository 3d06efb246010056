import type { BlindIndex, PersonReferences } from '@facepass-kit/protocol';
import type { MemberRenewal, RenewedRow } from '../store/d1-members/renewal.ts';
import type { GuardPort } from '../store/guard-port.ts';
import type { MemberWrite } from '../store/member-directory.ts';

type Mentioned = Pick<MemberWrite, 'merchantUserKey' | 'identity'>;

/**
 * Brings people under the names they have today before anything is written about them, so that nobody stands twice
 * in the directory and a tombstone from the time of an earlier pepper is found. The guard goes first: what it hears
 * under a former name it keeps under the present one from then on.
 */
export type AdoptMembers = (mentioned: readonly Mentioned[]) => Promise<void>;

export interface AdoptMembersParts {
  readonly people: PersonReferences;
  readonly previous: BlindIndex | null;
  readonly renewal: MemberRenewal;
  readonly guard: GuardPort;
}

export function createAdoptMembers({ people, previous, renewal, guard }: AdoptMembersParts): AdoptMembers {
  return async (mentioned) => {
    const known = await Promise.all(
      mentioned.map(async ({ merchantUserKey, identity }) => ({
        reference: await people.of(merchantUserKey),
        aliases: await people.aliases(merchantUserKey),
        ci: previous === null || identity?.ci == null ? null : await previous.of('ci', identity.ci),
      })),
    );
    if (known.every(({ aliases }) => aliases.length === 0)) return;
    const names = known.flatMap(({ aliases, ci }) => [...aliases, ...(ci === null ? [] : [ci])]);
    const rows = await renewal.named(names);
    const strangers = known.flatMap(({ reference: { hmac, sealed, former } }) =>
      former === undefined ? [] : [{ from: former, to: hmac, sealed }],
    );
    await guard.rename([...strangers, ...renamingsOf(rows)]);
    await renewal.apply(rows);
    await renewal.nameTombstones(
      known.flatMap(({ reference: { hmac }, aliases }) => aliases.map((from) => ({ from, to: hmac }))),
    );
  };
}

/** What the guard is told of rows that get another name. */
export function renamingsOf(rows: readonly RenewedRow[]) {
  return rows.map(({ from, to, sealed, version, facts }) => ({
    from,
    to,
    sealed,
    member: { version, facts },
  }));
}
