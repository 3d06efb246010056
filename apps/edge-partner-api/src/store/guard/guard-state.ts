import type { Change } from '@facepass-kit/access';
import { type Arrivals, createArrivals } from './arrivals.ts';
import { type Cursors, createCursors } from './cursors.ts';
import { createDenyList, type DenyList } from './deny-list.ts';
import { createLastPermits, REPEATABLE_MS } from './last-permits.ts';
import { createNames, type Names } from './names.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createOverlay, type Overlay } from './overlay.ts';
import { createPassBook, type PassBook } from './pass-book.ts';
import { createPresence, type Presence } from './presence.ts';
import { createProgress, type Progress } from './progress.ts';
import { createReleaseLedger, type ReleaseLedger } from './release-ledger.ts';
import { createRuleMemory, type RuleMemory } from './rule-memory.ts';
import { createSiteModes, type SiteModes } from './site-modes.ts';
import { createTables } from './tables.ts';

/** Everything the guard keeps, by what it is about. */
export interface GuardState {
  readonly overlay: Overlay;
  readonly outbox: Outbox;
  readonly arrivals: Arrivals;
  readonly ledger: ReleaseLedger;
  readonly modes: SiteModes;
  readonly denies: DenyList;
  readonly passes: PassBook;
  readonly presence: Presence;
  readonly memory: RuleMemory;
  readonly progress: Progress;
  readonly names: Names;
  readonly cursors: Cursors;
}

export function createGuardState(sql: SqlStorage): GuardState {
  createTables(sql);
  const progress = createProgress(sql);
  const modes = createSiteModes(sql);
  const denies = createDenyList(sql);
  const passes = createPassBook(sql);
  const presence = createPresence(sql);
  const outbox = createOutbox(sql, progress);
  const overlay = createOverlay(sql);
  const names = createNames(sql, overlay.filled);
  const permits = createLastPermits(translated(outbox.changesSince(Date.now() - REPEATABLE_MS), names));
  return {
    overlay,
    outbox,
    arrivals: createArrivals(outbox, progress),
    ledger: createReleaseLedger(sql),
    modes,
    denies,
    passes,
    presence,
    progress,
    names,
    cursors: createCursors(sql),
    memory: createRuleMemory(sql, { modes, denies, passes, presence, permits }),
  };
}

function* translated(changes: Iterable<Change>, names: Names): Generator<Change> {
  for (const change of changes) yield names.translate(change);
}
