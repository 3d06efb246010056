import type { AdmissionKeys, AreaView, Direction, PresenceEvent } from '@facepass-kit/access';

/** Who went into and out of an area, and with whom. */
export interface Presence {
  /** @param recentSinceMs the person's own events since then are wanted too; null for none */
  view(person: string, wanted: NonNullable<AdmissionKeys['area']>, recentSinceMs: number | null): AreaView;
  record(event: PresenceRecord): void;
  firstPerson(areaId: string, decisionId: string, atMs: number): void;
  companion(mark: CompanionMark): void;
  /** Somebody who is kept out from now on lets nobody in by having asked; null for all who have. */
  noCompanion(person: string | null): void;
  /** Takes an event back, wherever it stands between others. `visits`: where to look for it. */
  forget(decisionId: string, visits: readonly Visit[]): void;
  /** Members whose latest event since `sinceMs` is `in`, longest inside first. */
  inside(areaId: string, sinceMs: number): { person: string; since: number }[];
  compact(instantMs: number): void;
}

/** Somebody in an area. */
export interface Visit {
  readonly areaId: string;
  readonly person: string;
}

export interface PresenceRecord extends Visit {
  readonly decisionId: string;
  readonly direction: Direction;
  readonly atMs: number;
}

/** Somebody asked at the door of an area that is entered by two. */
export interface CompanionMark {
  readonly areaId: string;
  readonly person: string;
  readonly decisionId: string;
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** Areas are emptied daily, so nothing older than a day and an hour of clock change counts; twice that is kept. */
const KEPT_MS = 50 * 60 * 60_000;

type EventRow = { decision_id: string; direction: Direction; at: number };

export function createPresence(sql: SqlStorage): Presence {
  /** Brings the latest-event row of a member in an area up to its events. */
  const settle = (areaId: string, person: string): void => {
    sql.exec('DELETE FROM presence WHERE area_id = ? AND person = ?', areaId, person);
    sql.exec(
      `INSERT INTO presence (area_id, person, direction, at)
       SELECT area_id, person, direction, at FROM presence_events WHERE area_id = ? AND person = ?
       ORDER BY at DESC, number DESC LIMIT 1`,
      areaId,
      person,
    );
  };

  return {
    view(person, { areaId, sinceMs, companionsSinceMs }, recentSinceMs) {
      const [latest] = sql
        .exec<EventRow>(
          `SELECT decision_id, direction, at FROM presence_events WHERE area_id = ? AND person = ?
           ORDER BY at DESC, number DESC LIMIT 1`,
          areaId,
          person,
        )
        .toArray();
      const recent =
        recentSinceMs === null
          ? []
          : sql
              .exec<EventRow>(
                `SELECT decision_id, direction, at FROM presence_events WHERE area_id = ? AND person = ? AND at >= ?
                 ORDER BY at, number`,
                areaId,
                person,
                recentSinceMs,
              )
              .toArray();
      const inside = sql
        .exec<{ n: number }>(
          "SELECT count(*) AS n FROM presence WHERE area_id = ? AND direction = 'in' AND at >= ?",
          areaId,
          sinceMs,
        )
        .one().n;
      const first = sql
        .exec<{ at: number | null }>(
          'SELECT min(at) AS at FROM first_persons WHERE area_id = ? AND at >= ?',
          areaId,
          sinceMs,
        )
        .one().at;
      const companions =
        companionsSinceMs === null
          ? []
          : sql
              .exec<{ person: string; at: number }>(
                `SELECT person, at FROM companions AS asked WHERE area_id = ? AND person <> ? AND at >= ?
                   AND NOT EXISTS (SELECT 1 FROM presence AS latest WHERE latest.area_id = asked.area_id
                     AND latest.person = asked.person AND latest.direction = 'out' AND latest.at >= asked.at)`,
                areaId,
                person,
                companionsSinceMs,
              )
              .toArray();
      return {
        presence: latest === undefined ? null : toEvent(latest),
        recent: recent.map(toEvent),
        occupancy: inside,
        firstPersonAtMs: first,
        companions: companions.map((row) => ({ merchantUserKey: row.person, atMs: row.at })),
      };
    },

    record({ areaId, person, decisionId, direction, atMs }) {
      sql.exec(
        'INSERT INTO presence_events (area_id, person, decision_id, direction, at) VALUES (?, ?, ?, ?, ?)',
        areaId,
        person,
        decisionId,
        direction,
        atMs,
      );
      settle(areaId, person);
    },

    firstPerson(areaId, decisionId, atMs) {
      sql.exec(
        'INSERT OR IGNORE INTO first_persons (area_id, at, decision_id) VALUES (?, ?, ?)',
        areaId,
        atMs,
        decisionId,
      );
    },

    companion({ areaId, person, decisionId, atMs, expiresAtMs }) {
      sql.exec(
        'INSERT OR REPLACE INTO companions (area_id, person, decision_id, at, expires_at) VALUES (?, ?, ?, ?, ?)',
        areaId,
        person,
        decisionId,
        atMs,
        expiresAtMs,
      );
    },

    noCompanion(person) {
      sql.exec('DELETE FROM companions WHERE ?1 IS NULL OR person = ?1', person);
    },

    forget(decisionId, visits) {
      for (const { areaId, person } of visits) {
        sql.exec(
          'DELETE FROM presence_events WHERE area_id = ? AND person = ? AND decision_id = ?',
          areaId,
          person,
          decisionId,
        );
        settle(areaId, person);
      }
      sql.exec('DELETE FROM first_persons WHERE decision_id = ?', decisionId);
      sql.exec('DELETE FROM companions WHERE decision_id = ?', decisionId);
    },

    inside: (areaId, sinceMs) =>
      sql
        .exec<{ person: string; at: number }>(
          "SELECT person, at FROM presence WHERE area_id = ? AND direction = 'in' AND at >= ? ORDER BY at, person",
          areaId,
          sinceMs,
        )
        .toArray()
        .map(({ person, at }) => ({ person, since: at })),

    compact(instantMs) {
      sql.exec('DELETE FROM companions WHERE expires_at <= ?', instantMs);
      sql.exec('DELETE FROM presence_events WHERE at < ?', instantMs - KEPT_MS);
      sql.exec('DELETE FROM presence WHERE at < ?', instantMs - KEPT_MS);
      sql.exec('DELETE FROM first_persons WHERE at < ?', instantMs - KEPT_MS);
    },
  };
}

function toEvent({ decision_id, direction, at }: EventRow): PresenceEvent {
  return { decisionId: decision_id, direction, atMs: at };
}
