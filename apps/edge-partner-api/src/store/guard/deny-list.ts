import type { DenyEntry } from '@facepass-kit/access';
import type { DenyRecord } from '../guard-desk.ts';
import { createEmptiness } from './emptiness.ts';

/** Members and groups kept out, whatever the rules permit. */
export interface DenyList {
  add(deny: DenyRecord): void;
  /** False where there is no such entry. */
  remove(id: string): boolean;
  all(): DenyRecord[];
  /** The same as the rules read them. */
  entries(): DenyEntry[];
  /** The entries about a person or one of these groups. */
  about(person: string, groups: readonly string[]): DenyEntry[];
  compact(instantMs: number): void;
}

type Row = {
  id: string;
  kind: 'member' | 'group';
  subject: string;
  sealed: string | null;
  zones: string | null;
  until: number | null;
  reason: string;
};

export function createDenyList(sql: SqlStorage): DenyList {
  const emptiness = createEmptiness(sql, 'denies');
  return {
    add({ id, subject, zones, until, reason }) {
      emptiness.filling();
      sql.exec(
        'INSERT INTO denies (id, kind, subject, sealed, zones, until, reason) VALUES (?, ?, ?, ?, ?, ?, ?)',
        id,
        subject.kind,
        subject.kind === 'group' ? subject.group : subject.person.hmac,
        subject.kind === 'group' ? null : subject.person.sealed,
        zones === null ? null : JSON.stringify(zones),
        until,
        reason,
      );
    },
    remove(id) {
      const removed = sql.exec('DELETE FROM denies WHERE id = ? RETURNING id', id).toArray().length > 0;
      emptiness.look();
      return removed;
    },
    all: () => sql.exec<Row>('SELECT * FROM denies ORDER BY id').toArray().map(toRecord),
    entries: () => sql.exec<Row>('SELECT * FROM denies ORDER BY id').toArray().map(toEntry),
    about: (person, groups) =>
      emptiness.isEmpty()
        ? []
        : sql
            .exec<Row>(
              `SELECT * FROM denies WHERE (kind = 'member' AND subject = ?1)
                 OR (kind = 'group' AND subject IN (SELECT value FROM json_each(?2)))`,
              person,
              JSON.stringify(groups),
            )
            .toArray()
            .map(toEntry),
    compact(instantMs) {
      if (emptiness.isEmpty()) return;
      sql.exec('DELETE FROM denies WHERE until <= ?', instantMs);
      emptiness.look();
    },
  };
}

function toRecord({ id, kind, subject, sealed, zones, until, reason }: Row): DenyRecord {
  return {
    id,
    subject:
      kind === 'group' ? { kind, group: subject } : { kind, person: { hmac: subject, sealed: sealed ?? '' } },
    zones: readTexts(zones),
    until,
    reason,
  };
}

function toEntry({ id, kind, subject, zones, until }: Row): DenyEntry {
  return {
    id,
    subject: kind === 'group' ? { kind, group: subject } : { kind, merchantUserKey: subject },
    zones: readTexts(zones),
    untilMs: until,
  };
}

function readTexts(json: string | null): string[] | null {
  // Written by `add`, and by nothing else.
  return json === null ? null : (JSON.parse(json) as string[]);
}
