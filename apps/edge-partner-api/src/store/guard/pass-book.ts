import type { Pass } from '@facepass-kit/access';
import type { PassRecord } from '../guard-desk.ts';
import { createEmptiness } from './emptiness.ts';

/** Temporary rights to come in, and how often each was used. */
export interface PassBook {
  issue(pass: Omit<PassRecord, 'uses'>): void;
  /** False where there is no such pass. */
  revoke(id: string): boolean;
  all(): PassRecord[];
  of(person: string): Pass[];
  spend(id: string, by: 1 | -1): void;
  compact(instantMs: number): void;
}

/** A pass that is over stays this long, so that whoever comes late is told why. */
const KEPT_AFTER_MS = 7 * 24 * 60 * 60_000;

type Row = {
  id: string;
  person: string;
  sealed: string;
  zones: string;
  valid_from: number | null;
  valid_until: number | null;
  max_uses: number | null;
  uses: number;
};

export function createPassBook(sql: SqlStorage): PassBook {
  const emptiness = createEmptiness(sql, 'passes');
  return {
    issue({ id, person, zones, validFrom, validUntil, maxUses }) {
      emptiness.filling();
      sql.exec(
        'INSERT INTO passes (id, person, sealed, zones, valid_from, valid_until, max_uses) VALUES (?, ?, ?, ?, ?, ?, ?)',
        id,
        person.hmac,
        person.sealed,
        JSON.stringify(zones),
        validFrom,
        validUntil,
        maxUses,
      );
    },
    revoke: (id) => sql.exec('DELETE FROM passes WHERE id = ? RETURNING id', id).toArray().length > 0,
    all: () => sql.exec<Row>('SELECT * FROM passes ORDER BY id').toArray().map(toRecord),
    of: (person) =>
      emptiness.isEmpty()
        ? []
        : sql.exec<Row>('SELECT * FROM passes WHERE person = ?', person).toArray().map(toPass),
    spend(id, by) {
      sql.exec('UPDATE passes SET uses = max(uses + ?, 0) WHERE id = ?', by, id);
    },
    compact(instantMs) {
      if (emptiness.isEmpty()) return;
      sql.exec('DELETE FROM passes WHERE valid_until < ?', instantMs - KEPT_AFTER_MS);
      emptiness.look();
    },
  };
}

function toRecord(row: Row): PassRecord {
  return {
    id: row.id,
    person: { hmac: row.person, sealed: row.sealed },
    zones: readTexts(row.zones),
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    maxUses: row.max_uses,
    uses: row.uses,
  };
}

function toPass(row: Row): Pass {
  return {
    id: row.id,
    merchantUserKey: row.person,
    zones: readTexts(row.zones),
    validFromMs: row.valid_from,
    validUntilMs: row.valid_until,
    maxUses: row.max_uses,
    uses: row.uses,
  };
}

function readTexts(json: string): string[] {
  // Written by `issue`, and by nothing else.
  return JSON.parse(json) as string[];
}
