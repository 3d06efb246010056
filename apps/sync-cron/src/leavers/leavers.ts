import type { LeaverSweep, PersonReferences, StandingsOf } from '@facepass-kit/protocol';
import type { Log } from '../log.ts';
import { type Database, rowsOf } from '../store/database.ts';
import { askLeavers } from './ask-leavers.ts';
import type { FaceRegistry } from './face-registry.ts';
import { createLeaverReader, type LeaverReader } from './leaver-store.ts';
import { createMemberFeed, type MemberFeed } from './member-feed.ts';
import { unregisterLeavers } from './unregister-leavers.ts';

export interface LeaverSettings {
  readonly leaverSweep: 'off' | 'list' | 'unregister';
  readonly leaverGraceMs: number;
  readonly erasedKeyMs: number;
}

export interface LeaverParts {
  readonly database: Database;
  readonly people: PersonReferences;
  readonly settings: LeaverSettings;
  readonly now: () => number;
  readonly log: Log;
  /** Whether one more person may be asked about, or so many statements made. */
  readonly mayGoOn: (queries?: number) => boolean;
}

/** Members who left, and what becomes of their faces. */
export interface Leavers {
  readonly feed: MemberFeed;
  readonly read: LeaverReader;
  /** Asks FacePass about whoever is due, as far as the budget goes. */
  ask(registry: FaceRegistry): Promise<number>;
  unregister(registry: FaceRegistry, standingsOf: StandingsOf): Promise<LeaverSweep>;
  /** Has people unregistered who are on the list; returns how many are. */
  approve(people: readonly string[]): Promise<number>;
}

export function createLeavers(parts: LeaverParts): Leavers {
  const { database, people, now, log, mayGoOn } = parts;
  const { leaverSweep, leaverGraceMs: graceMs, erasedKeyMs } = parts.settings;
  const isOff = leaverSweep === 'off';
  const keepsErasedKeys = !isOff && erasedKeyMs > 0;
  return {
    feed: createMemberFeed({ database, now, keepsErasedKeys }),
    read: createLeaverReader(database, people),
    ask: (registry) =>
      askLeavers({
        database,
        registry,
        people,
        now,
        log,
        graceMs,
        // Switched off: what was kept for the sweep has lost its purpose.
        keyHorizonMs: isOff ? 0 : erasedKeyMs,
        isOff,
        mayGoOn,
      }),
    unregister: (registry, standingsOf) =>
      unregisterLeavers({
        database,
        registry,
        people,
        standingsOf,
        now,
        log,
        approvedOnly: leaverSweep === 'list',
        graceMs,
        keepsErasedKeys,
        mayGoOn: (queries) => !isOff && mayGoOn(queries),
      }),
    async approve(approved) {
      const rows = await rowsOf(
        database,
        `UPDATE leavers SET approved_at = ?2, act_at = 0
         WHERE person IN (SELECT value FROM json_each(?1)) AND state = 'registered' RETURNING person`,
        [JSON.stringify(approved), now()],
      );
      return rows.length;
    },
  };
}
