import type {
  DataCipher,
  MirrorRpc,
  PersonReference,
  PersonReferences,
  RenewalStage,
  RenewalView,
} from '@facepass-kit/protocol';
import { Refusal } from '../http/refusal.ts';
import type { MemberRenewal } from '../store/d1-members/renewal.ts';
import type { GuardPort } from '../store/guard-port.ts';
import type { ReleaseStore } from '../store/release-store.ts';
import type { RenewalRecord, RenewalStore } from '../store/renewal-store.ts';
import { renamingsOf } from './adopt-members.ts';

/** After a pepper or data key was changed: brings everything stored under the current ones, while all goes on. */
export interface RenewalService {
  /** @throws Refusal 409 `RENEWAL_RUNNING` */
  begin(by: { readonly actor: string; readonly reason: string }): Promise<RenewalView>;
  view(): Promise<RenewalView>;
  /** One step; may be repeated and interrupted anywhere. False where there is nothing to do any more. */
  advance(id: string): Promise<boolean>;
  /** Drives on a run that has not moved for a while. */
  resume(): Promise<void>;
}

export interface RenewalServiceParts {
  readonly store: RenewalStore;
  readonly members: MemberRenewal;
  readonly guard: GuardPort;
  readonly people: PersonReferences;
  readonly cipher: DataCipher;
  readonly releases: ReleaseStore;
  readonly mirror: MirrorRpc | undefined;
  /** Whether people are still asked about under the names of before. */
  readonly rotating: boolean;
  readonly start: (id: string) => Promise<void>;
  readonly now?: () => number;
}

/** Rows of one step: each is opened, sealed and hashed a few times. */
const MEMBERS_AT_ONCE = 200;
const NAMES_AT_ONCE = 500;
const STALLED_AFTER_MS = 10 * 60_000;

const NEXT: Readonly<Record<RenewalStage, RenewalStage>> = {
  guard: 'members',
  members: 'tombstones',
  tombstones: 'releases',
  releases: 'mirror',
  mirror: 'done',
  done: 'done',
};

export function createRenewalService(parts: RenewalServiceParts): RenewalService {
  const { store, members, guard, people, cipher, releases, mirror, start, now = () => Date.now() } = parts;

  const rename = async (references: readonly PersonReference[]): Promise<void> => {
    const renamings = await Promise.all(references.map(renamed));
    await guard.rename(renamings.flatMap((renaming) => renaming ?? []));
  };

  /** Passes and deny entries, also of people who are no members. */
  const renewGuard = async (): Promise<void> => {
    await guard.renew(!parts.rotating);
    const denied = (await guard.denies()).flatMap(({ subject }) =>
      subject.kind === 'member' ? [subject.person] : [],
    );
    const references = [...denied, ...(await guard.passes()).map(({ person }) => person)];
    for (let first = 0; first < references.length; first += NAMES_AT_ONCE) {
      await rename(references.slice(first, first + NAMES_AT_ONCE));
    }
  };

  const renamed = async (reference: PersonReference) => {
    const key = await people.open(reference).catch(() => null);
    if (key === null) return null;
    const { hmac: to, sealed } = await people.of(key);
    return { from: reference.hmac, to, sealed };
  };

  /** Does a part of a stage; true where the stage is over. */
  const work = async ({ id, stage, cursor }: RenewalRecord): Promise<boolean> => {
    switch (stage) {
      case 'guard': {
        if (cursor === null) await renewGuard();
        if (!parts.rotating) return true;
        // Members who live elsewhere are in no list; what was decided about them names them.
        const { people: decidedAbout, next } = await guard.peopleDecidedAbout(Number(cursor ?? -1));
        await rename(decidedAbout);
        await store.count(id, 'members', 0, next === null ? null : `${next}`, now());
        return next === null;
      }
      case 'members': {
        const rows = await members.pending(MEMBERS_AT_ONCE);
        await guard.rename(renamingsOf(rows));
        const written = (await members.apply(rows)) + (await members.resealDepartures(MEMBERS_AT_ONCE));
        await store.count(id, 'members', written, null, now());
        // Rows that cannot be written would come again and again; what is left of them the view shows.
        return written === 0;
      }
      case 'tombstones': {
        const wrapped = await members.wrapTombstones(NAMES_AT_ONCE);
        await store.count(id, 'tombstones', wrapped, null, now());
        return wrapped === 0;
      }
      case 'releases': {
        const { renewed, next } = await releases.renew(cursor);
        await store.count(id, 'releases', renewed, next, now());
        return next === null;
      }
      case 'mirror': {
        const { renewed, done } = (await mirror?.renew()) ?? { renewed: 0, done: true };
        await store.count(id, 'mirrored', renewed, null, now());
        return done;
      }
      case 'done':
        return true;
      default:
        return stage satisfies never;
    }
  };

  const view = async (): Promise<RenewalView> => {
    const [record, left] = await Promise.all([store.latest(), members.left()]);
    return {
      run: record === null ? null : withoutCursor(record),
      left,
      currentDataKey: cipher.currentKid,
      rotatingPepper: parts.rotating,
    };
  };

  return {
    view,
    async begin(by) {
      const id = crypto.randomUUID();
      if (!(await store.begin(id, by, now()))) {
        throw new Refusal(409, 'RENEWAL_RUNNING', 'A renewal is running; it goes on by itself.');
      }
      await start(id);
      return await view();
    },
    async advance(id) {
      const record = await store.latest();
      if (record === null || record.id !== id || record.state === 'done') return false;
      const { stage } = record;
      if (await work(record)) await store.move(id, stage, NEXT[stage], now());
      return (await store.latest())?.state === 'running';
    },
    async resume() {
      const record = await store.latest();
      if (record?.state === 'running' && record.updatedAt < now() - STALLED_AFTER_MS) await start(record.id);
    },
  };
}

function withoutCursor({ cursor: _, ...run }: RenewalRecord): NonNullable<RenewalView['run']> {
  return run;
}
